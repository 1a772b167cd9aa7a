//! `maxsim inspect`: what a collection holds.

use std::process::ExitCode;

use serde_json::json;

use crate::flags::CollectionFlags;

/// Flags of `inspect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    collection: CollectionFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints counts, sizes, encoder, router and every file with its sections.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let generation = args.collection.open()?;
    let (description, files) = (generation.description(), generation.files());
    if args.json {
        println!("{}", json!({"description": description, "files": files}));
        return Ok(ExitCode::SUCCESS);
    }
    let d = description;
    println!("collection     {}, generation {}", d.name.as_str(), d.generation);
    println!("documents      {}", d.documents);
    println!("passages       {}", d.passages);
    println!("token vectors  {} x {}, {} bits a value", d.token_vectors, d.width, d.bits);
    println!("encoder        {} {}", d.encoder.name, d.encoder.fingerprint);
    match &d.router {
        Some(router) => println!("router         {} centroids x {}", router.centroids, router.width),
        None => println!("router         none yet: small collections are scanned"),
    }
    let per_vector = d.index_bytes as f64 / d.token_vectors.max(1) as f64;
    println!("index          {} bytes, {per_vector:.1} per token vector", d.index_bytes);
    println!("text           {} bytes", d.text_bytes);
    println!("kept vectors   {} bytes", d.vector_bytes);
    if let Some(seconds) = d.build_seconds {
        println!("built in       {seconds:.1} s");
    }
    for file in files {
        println!("\n{} ({} bytes)", file.name, file.bytes);
        file.sections.iter().for_each(|section| println!("  {:<16}{:>14}", section.name, section.bytes));
    }
    Ok(ExitCode::SUCCESS)
}
