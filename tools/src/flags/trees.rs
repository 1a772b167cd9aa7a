//! Flags that say what is made above passages and for them.

use maxsimd_engine::raptor::{Nodes, Raptor, Represent, Strategy};

/// Trees of summaries, and representations.
#[derive(Debug, Clone, clap::Args)]
pub struct TreeFlags {
    /// Make a tree of summaries for each document, of passages put together by: windows (seven neighbours), adjacent (where
    /// the text changes its subject), gmm (a mixture of Gaussians, from anywhere in the document)
    #[arg(long, value_name = "STRATEGY", num_args = 0..=1, default_missing_value = "windows", conflicts_with = "vectors")]
    raptor: Option<Strategy>,
    /// What summaries are made of: text (sentences of the document) or vectors (token vectors of the passages below)
    #[arg(long, value_name = "NODES", default_value_t = Nodes::default(), requires = "raptor")]
    nodes: Nodes,
    /// Most tokens of a summary, with --raptor
    #[arg(long, value_name = "N", default_value_t = Raptor::default().tokens, requires = "raptor")]
    summary_tokens: usize,
    /// Make a tree across documents, too, above the trees of theirs
    #[arg(long, requires = "raptor")]
    across: bool,
    /// Index small things that stand for each passage: summary (a sentence or two of it), sentence (each), proposition
    /// (each clause); search finds them with --scope representations, and gives the passages with --return parent
    #[arg(long, value_name = "WHAT", conflicts_with = "vectors")]
    represent: Option<Represent>,
}

impl TreeFlags {
    /// How trees are made, checked; `None` if none are.
    pub fn raptor(&self) -> anyhow::Result<Option<Raptor>> {
        let Some(clustering) = self.raptor else { return Ok(None) };
        Ok(Some(Raptor { across: self.across, ..Raptor::new(clustering, self.nodes, self.summary_tokens)? }))
    }

    /// What stands for passages, if anything does.
    pub fn represent(&self) -> Option<Represent> {
        self.represent
    }
}
