//! Flags that say how documents become passages.

use maxsimd_engine::build::Splitting;
use maxsimd_engine::split::Budget;

/// How documents become passages.
#[derive(Debug, Clone, clap::Args)]
pub struct PassageFlags {
    /// One passage per document, cut at the encoder's limit
    #[arg(long)]
    pub no_split: bool,
    /// Most tokens of a passage, counted with the encoder's tokenizer
    #[arg(long, value_name = "N", default_value_t = Budget::default().tokens(), conflicts_with = "no_split")]
    pub passage_tokens: usize,
    /// Tokens that neighbouring passages of a section share
    #[arg(long, value_name = "N", default_value_t = Budget::default().overlap(), conflicts_with = "no_split")]
    pub overlap: usize,
}

impl PassageFlags {
    /// The checked splitting.
    pub fn splitting(&self) -> anyhow::Result<Splitting> {
        Ok(match self.no_split {
            true => Splitting::Whole,
            false => Splitting::Structure(Budget::new(self.passage_tokens, self.overlap)?),
        })
    }
}
