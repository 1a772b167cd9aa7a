//! maxsimd: a collection built and searched through the engine, as `maxsim build --vectors` and a search do it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, Description, EncoderId, Generation, Store};
use maxsimd_engine::search::{Hit, Mode, SearchRequest};
use maxsimd_engine::{Context, Document, Error, TextFormat, TokenMatrix};

use crate::queries::Query;
use crate::searcher::Searcher;
use crate::vectors::VectorsFolder;
use crate::work::Work;

/// Builds a collection from the passages of several folders; texts stay out of it, as they stay out of the peer's index.
pub(crate) fn build(
    data: &Path,
    name: &str,
    folders: &[PathBuf],
    (bits, threads): (u8, usize),
) -> anyhow::Result<Description> {
    std::fs::create_dir_all(data)?;
    let (store, name) = (Store::open(data)?, CollectionName::parse(name)?);
    if store.folder(&name).exists() {
        std::fs::remove_dir_all(store.folder(&name))?;
    }
    let folders = folders.iter().map(|path| VectorsFolder::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let width = folders.first().context("no folder of vectors")?.width();
    let items = folders.iter().enumerate().flat_map(|(number, folder)| items(number, folder));
    let items = items.map(|item| item.map_err(|error| Error::invalid("vectors", format!("{error:#}"))));
    let options = BuildOptions { bits, threads, ..BuildOptions::default() };
    let encoder = EncoderId { name: String::new(), fingerprint: String::new() };
    let report = build_vectors(&Context::unbounded(), (&store, &name), &options, (encoder, width), items, &mut |_| ())?;
    Ok(report.description)
}

/// Passages of the first folder keep their ids, those of the others are told apart by the folder's number.
fn distinct(folder: usize, id: &str) -> String {
    if folder == 0 { id.to_owned() } else { format!("{folder}/{id}") }
}

fn items(number: usize, folder: &VectorsFolder) -> impl Iterator<Item = anyhow::Result<(Document, TokenMatrix)>> + '_ {
    folder.ids().iter().enumerate().map(move |(text, id)| {
        let (title, body, metadata) = (String::new(), String::new(), serde_json::Map::new());
        let document = Document { id: distinct(number, id), title, text: body, format: TextFormat::Plain, metadata };
        Ok((document, TokenMatrix::new(folder.width(), folder.read(text)?)?))
    })
}

/// A collection with the judged queries.
pub(crate) struct Ours {
    generation: Generation,
    queries: Vec<TokenMatrix>,
    numbers: HashMap<String, u32>,
    mode: Mode,
}

impl Ours {
    /// Opens a collection that was built from these folders, for one mode.
    pub(crate) fn open(
        work: &Work,
        name: &str,
        mode: Mode,
        (queries, folders): (&[Query], &[&VectorsFolder]),
    ) -> anyhow::Result<Self> {
        let store = Store::open(work.data()).context("run `compare build` first")?;
        let generation = store.open_generation(&CollectionName::parse(name)?).context("run `compare build` first")?;
        let passages = usize::try_from(generation.description().passages)?;
        let ids =
            folders.iter().enumerate().flat_map(|(at, folder)| folder.ids().iter().map(move |id| distinct(at, id)));
        let numbers: HashMap<String, u32> = ids.zip(0..).collect();
        ensure!(passages == numbers.len(), "collection {name} is of other vectors");
        let matrix = |query: &Query| TokenMatrix::new(generation.description().width, query.vectors.clone());
        let queries = queries.iter().map(matrix).collect::<Result<_, _>>()?;
        Ok(Self { generation, queries, numbers, mode })
    }

    /// Counts and sizes.
    pub(crate) fn description(&self) -> &Description {
        self.generation.description()
    }
}

impl Searcher for Ours {
    type Reply = Vec<Hit>;

    fn search(&self, query: usize, k: usize) -> anyhow::Result<Vec<Hit>> {
        let request = SearchRequest::new(vec![self.queries[query].clone()], k, self.mode);
        Ok(self.generation.search(&Context::unbounded(), &request)?.hits)
    }

    fn passages(&self, reply: &Vec<Hit>) -> Vec<u32> {
        reply.iter().filter_map(|hit| self.numbers.get(hit.document_id.as_ref()?).copied()).collect()
    }
}
