//! maxsimd: a collection built and searched through the engine, as `maxsim build --vectors` and a search do it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, Description, EncoderId, Generation, Store};
use maxsimd_engine::search::{Hit, Mode, SearchRequest};
use maxsimd_engine::{Context, Document, Error, TextFormat, Timings, TokenMatrix};

use crate::queries::Query;
use crate::searcher::Searcher;
use crate::texts;
use crate::vectors::VectorsFolder;
use crate::work::Work;

/// How a collection is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    /// Bits per value of the score codes.
    pub(crate) bits: u8,
    pub(crate) threads: usize,
    /// Whether it gets the passages' texts, which modes that look for words need.
    pub(crate) texts: bool,
}

/// Builds a collection from the passages of several folders.
pub(crate) fn build(data: &Path, name: &str, folders: &[PathBuf], build: Build) -> anyhow::Result<Description> {
    std::fs::create_dir_all(data)?;
    let (store, name) = (Store::open(data)?, CollectionName::parse(name)?);
    if store.folder(&name).exists() {
        std::fs::remove_dir_all(store.folder(&name))?;
    }
    let opened = folders.iter().map(|path| VectorsFolder::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let width = opened.first().context("no folder of vectors")?.width();
    let items = folders.iter().zip(&opened).enumerate();
    let items = items.map(|(number, (path, folder))| items_of(number, path, folder, build.texts));
    let items = items.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten();
    let items = items.map(|item| item.map_err(|error| Error::invalid("vectors", format!("{error:#}"))));
    let options = BuildOptions { bits: build.bits, threads: build.threads, ..BuildOptions::default() };
    let encoder = EncoderId { name: String::new(), fingerprint: String::new() };
    let report = build_vectors(&Context::unbounded(), (&store, &name), &options, (encoder, width), items, &mut |_| ())?;
    Ok(report.description)
}

/// Passages of the first folder keep their ids, those of the others are told apart by the folder's number.
fn distinct(folder: usize, id: &str) -> String {
    if folder == 0 { id.to_owned() } else { format!("{folder}/{id}") }
}

type Items<'a> = Box<dyn Iterator<Item = anyhow::Result<(Document, TokenMatrix)>> + 'a>;

fn items_of<'a>(number: usize, path: &Path, folder: &'a VectorsFolder, texts: bool) -> anyhow::Result<Items<'a>> {
    let texts: Box<dyn Iterator<Item = anyhow::Result<(String, String)>>> = match texts {
        true => Box::new(texts::of(path, folder)?.map(|text| text.map(|text| (text.title, text.text)))),
        false => Box::new(std::iter::repeat_with(|| Ok((String::new(), String::new())))),
    };
    let ids = folder.ids().iter().enumerate();
    Ok(Box::new(ids.zip(texts).map(move |((at, id), text)| {
        let ((title, text), metadata) = (text?, serde_json::Map::new());
        let document = Document { id: distinct(number, id), title, text, format: TextFormat::Plain, metadata };
        Ok((document, TokenMatrix::new(folder.width(), folder.read(at)?)?))
    })))
}

/// A collection with the judged queries.
pub(crate) struct Ours {
    generation: Generation,
    queries: Vec<TokenMatrix>,
    texts: Vec<String>,
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
        let store = Store::open(work.data()).context("no collection is built")?;
        let generation = store.open_generation(&CollectionName::parse(name)?).context("no such collection is built")?;
        let passages = usize::try_from(generation.description().passages)?;
        let ids =
            folders.iter().enumerate().flat_map(|(at, folder)| folder.ids().iter().map(move |id| distinct(at, id)));
        let numbers: HashMap<String, u32> = ids.zip(0..).collect();
        ensure!(passages == numbers.len(), "collection {name} is of other vectors");
        let matrix = |query: &Query| TokenMatrix::new(generation.description().width, query.vectors.clone());
        let queries = queries.iter().map(matrix).collect::<Result<_, _>>()?;
        Ok(Self { generation, queries, texts: Vec::new(), numbers, mode })
    }

    /// The same with the queries' texts, which modes that look for words need.
    pub(crate) fn with_texts(self, texts: &[String]) -> Self {
        Self { texts: texts.to_vec(), ..self }
    }

    /// Counts and sizes.
    pub(crate) fn description(&self) -> &Description {
        self.generation.description()
    }

    /// What the stages of a search took.
    pub(crate) fn timings(&self, query: usize, k: usize) -> anyhow::Result<Timings> {
        let context = Context::unbounded();
        self.generation.search(&context, &self.request(query, k))?;
        Ok(context.timings())
    }

    fn request(&self, query: usize, k: usize) -> SearchRequest {
        let vectors = if self.mode == Mode::Bm25 { Vec::new() } else { vec![self.queries[query].clone()] };
        let texts = self.texts.get(query).cloned().into_iter().collect();
        SearchRequest { texts, ..SearchRequest::new(vectors, k, self.mode) }
    }
}

impl Searcher for Ours {
    type Reply = Vec<Hit>;

    fn search(&self, query: usize, k: usize) -> anyhow::Result<Vec<Hit>> {
        Ok(self.generation.search(&Context::unbounded(), &self.request(query, k))?.hits)
    }

    fn passages(&self, reply: &Vec<Hit>) -> Vec<u32> {
        reply.iter().filter_map(|hit| self.numbers.get(hit.document_id.as_ref()?).copied()).collect()
    }
}
