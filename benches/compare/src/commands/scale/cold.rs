//! Opening and searching with nothing of a collection in the page cache, in a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, TokenMatrix};
use rustix::fs::{Advice, fadvise};
use serde::{Deserialize, Serialize};

use crate::process::{self, child};
use crate::stats::{median, quantile};
use crate::vectors::VectorsFolder;
use crate::work::Work;

/// Searches with nothing of the collection in the page cache, each of a collection that is opened for it.
const COLD: usize = 20;

/// Flags of the process that searches with a cold page cache.
#[derive(Debug, clap::Args)]
pub(crate) struct ColdArgs {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    collection: String,
    #[arg(long)]
    queries: PathBuf,
}

/// A process that searches a collection of which nothing is in memory.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cold {
    pub(super) open_ms: f64,
    pub(super) first_search_ms: f64,
    pub(super) first_search_p95_ms: f64,
    pub(super) mib_read: f64,
    /// After all queries, without dropping anything in between.
    pub(super) resident_file_mib: f64,
    pub(super) resident_own_mib: f64,
}

/// Has it done by a process.
pub(super) fn in_a_child(work: &Work, queries: &Path, collection: &str) -> anyhow::Result<Cold> {
    let (data, text) = (work.data(), "a path that is not UTF-8");
    let flags = ["--data", data.to_str().context(text)?, "--collection", collection];
    child(&[&["cold"], &flags[..], &["--queries", queries.to_str().context(text)?]].concat())
}

/// The process that searches with a cold page cache: prints what it found as JSON.
pub(crate) fn cold(args: &ColdArgs) -> anyhow::Result<()> {
    let (store, name) = (Store::open(&args.data)?, CollectionName::parse(&args.collection)?);
    let queries = VectorsFolder::open(&args.queries)?;
    let query = |number: usize| Ok::<_, anyhow::Error>(TokenMatrix::new(queries.width(), queries.read(number)?)?);
    ensure!(queries.len() >= COLD, "{}: fewer than {COLD} queries", args.queries.display());
    let [mut opening, mut first, mut read] = [const { Vec::new() }; 3];
    for number in 0..COLD {
        drop_cached(&store.folder(&name))?;
        let (before, start) = (process::bytes_read()?, Instant::now());
        let generation = store.open_generation(&name)?;
        let (opened, request) = (start.elapsed(), SearchRequest::new(vec![query(number)?], 10, Mode::Late));
        let start = Instant::now();
        generation.search(&Context::unbounded(), &request)?;
        first.push(start.elapsed().as_secs_f64() * 1e3);
        opening.push(opened.as_secs_f64() * 1e3);
        read.push((process::bytes_read()? - before) as f64 / f64::from(1 << 20));
    }
    let generation = store.open_generation(&name)?;
    for number in 0..queries.len() {
        let request = SearchRequest::new(vec![query(number)?], 10, Mode::Late);
        generation.search(&Context::unbounded(), &request)?;
    }
    let found = Cold {
        open_ms: median(&opening),
        first_search_ms: median(&first),
        first_search_p95_ms: quantile(&first, 0.95),
        mib_read: median(&read),
        resident_file_mib: process::status_mib("RssFile:")?,
        resident_own_mib: process::status_mib("RssAnon:")?,
    };
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}

/// Takes a folder's files out of the page cache; none of them may be mapped.
fn drop_cached(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        match path.is_dir() {
            true => drop_cached(&path)?,
            false => fadvise(File::open(&path)?, 0, None, Advice::DontNeed)?,
        }
    }
    Ok(())
}
