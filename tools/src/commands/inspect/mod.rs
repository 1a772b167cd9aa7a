//! `maxsim inspect`: what a collection holds.

mod tree;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use maxsimd_engine::collection::{Effort, LogReport, RouterDescription};
use serde_json::json;

use crate::flags::CollectionFlags;
use crate::out::{Out, stdout};

/// Recalls that the table of efforts says the least effort for.
const TARGETS: [f64; 5] = [0.90, 0.95, 0.98, 0.99, 0.995];

/// Flags of `inspect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    collection: CollectionFlags,
    /// Print the layers of all trees of summaries, or the tree of one document
    #[arg(long, value_name = "DOCUMENT", num_args = 0..=1, default_missing_value = "")]
    tree: Option<String>,
    /// With --tree: the tree across documents
    #[arg(long, requires = "tree")]
    across: bool,
    /// Draw the tree into a file
    #[arg(long, value_name = "FILE", requires = "tree")]
    svg: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints counts, sizes, encoder, router and every file with its sections.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (store, name) = args.collection.resolved()?;
    let generation = store.open_generation(&name)?;
    match args.tree.as_deref() {
        None => {}
        Some(id) if args.across => {
            anyhow::ensure!(id.is_empty(), "--across goes with --tree alone: that tree is no document's");
            tree::across(&generation, args.json, args.svg.as_deref())?;
            return Ok(ExitCode::SUCCESS);
        }
        Some("") => {
            anyhow::ensure!(args.svg.is_none(), "--svg draws one tree: --tree DOCUMENT, or --tree --across");
            tree::layers(&generation, args.json)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(id) => {
            tree::document(&generation, id, args.json, args.svg.as_deref())?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    let log = store.log(&name)?;
    let (description, files) = (generation.description(), generation.files());
    let out = &mut stdout();
    if args.json {
        writeln!(out, "{}", json!({"description": description, "files": files, "log": log}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let d = description;
    writeln!(out, "collection     {}, generation {}", d.name.as_str(), d.generation)?;
    writeln!(out, "documents      {}", d.documents)?;
    writeln!(out, "passages       {}", d.passages)?;
    writeln!(out, "summaries      {}", d.nodes)?;
    if d.representations > 0 {
        writeln!(out, "representations {}", d.representations)?;
    }
    writeln!(out, "deleted        {} passages, stored until they are compacted away", d.deleted_passages)?;
    writeln!(out, "token vectors  {} x {}, {} bits a value", d.token_vectors, d.width, d.bits)?;
    writeln!(out, "encoder        {} {}", d.encoder.name, d.encoder.fingerprint)?;
    match &d.router {
        Some(router) => print_router(out, router)?,
        None => writeln!(out, "router         none yet: small collections are scanned")?,
    }
    let per_vector = d.index_bytes as f64 / d.token_vectors.max(1) as f64;
    writeln!(out, "index          {} bytes, {per_vector:.1} per token vector", d.index_bytes)?;
    writeln!(out, "text           {} bytes", d.text_bytes)?;
    writeln!(out, "kept vectors   {} bytes", d.vector_bytes)?;
    let LogReport { files: logs, bytes, applied, waiting } = log;
    writeln!(out, "log            {logs} files, {bytes} bytes; applied to operation {applied}, {waiting} wait")?;
    if let Some(seconds) = d.build_seconds {
        writeln!(out, "built in       {seconds:.1} s")?;
    }
    for file in files {
        writeln!(out, "\n{} ({} bytes)", file.name, file.bytes)?;
        for section in &file.sections {
            writeln!(out, "  {:<16}{:>14}", section.name, section.bytes)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_router(out: &mut Out, router: &RouterDescription) -> io::Result<()> {
    writeln!(out, "router         {} centroids x {}", router.centroids, router.width)?;
    if router.efforts.is_empty() {
        writeln!(out, "efforts        not fitted")?;
        return Ok(());
    }
    let (near, far) = ("serves at k=10", "serves at k=100");
    writeln!(out, "efforts        probes  candidates  slack  recall@10  recall@100  {near:<36}{far}")?;
    for (at, effort) in router.efforts.iter().enumerate() {
        let Effort { probes, candidates, slack, recall_at_10, recall_at_100 } = effort;
        let (near, far) = (served(&router.efforts, at, 10), served(&router.efforts, at, 100));
        let effort = format!("{probes:>6}{candidates:>12}{slack:>7.1}");
        let line = format!("{:15}{effort}{recall_at_10:>11.4}{recall_at_100:>12.4}  {near:<36}{far}", "");
        writeln!(out, "{}", line.trim_end())?;
    }
    if [10, 100].iter().any(|&k| serving(&router.efforts, 0.995, k).1) {
        writeln!(out, "{:15}in parentheses: the most there is, which was measured to find less", "")?;
    }
    Ok(())
}

/// Which effort a recall among `k` hits takes, and whether it is the largest for want of one that reaches it.
fn serving(efforts: &[Effort], recall: f64, k: usize) -> (usize, bool) {
    let enough = efforts.iter().position(|effort| effort.recall(k) >= recall);
    (enough.unwrap_or(efforts.len().saturating_sub(1)), enough.is_none())
}

/// The targets that one effort serves.
fn served(efforts: &[Effort], at: usize, k: usize) -> String {
    let targets = TARGETS.iter().filter_map(|&target| match serving(efforts, target, k) {
        (effort, short) if effort == at => Some(if short { format!("({target})") } else { target.to_string() }),
        _ => None,
    });
    targets.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_served_by_the_least_effort_that_reaches_it_or_by_the_largest() {
        let effort =
            |near, far| Effort { probes: 2, candidates: 16, slack: 1.0, recall_at_10: near, recall_at_100: far };
        let efforts = [effort(0.91, 0.7), effort(0.985, 0.9), effort(0.991, 0.96)];
        let table = |k| [0, 1, 2].map(|at| served(&efforts, at, k));
        assert_eq!(table(10), ["0.9", "0.95 0.98", "0.99 (0.995)"]);
        assert_eq!(table(100), ["", "0.9", "0.95 (0.98) (0.99) (0.995)"]);
    }
}
