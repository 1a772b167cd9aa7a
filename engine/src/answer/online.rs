//! Pages of the web as a collection that lasts as long as an answer: built in a folder that is gone again before anybody is
//! told, since what is mapped stays readable.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::sources::{Collections, Source};
use crate::build::{BuildOptions, build_documents};
use crate::collection::{CollectionName, Store};
use crate::keywords::Language;
use crate::split::{Budget, Splitting};
use crate::web::{Fetcher, WebError, WebSearch};
use crate::{Context, Document, Error, Result};

/// Name of the collection, as replies tell it.
const WEB: &str = "web";
/// Pages that are read, and bytes of each: encoding more would take longer than an answer may.
const PAGES: usize = 5;
const PAGE_BYTES: usize = 12_000;
/// Tokens of a passage, and those that neighbours share.
const PASSAGE: (usize, usize) = (180, 30);

/// What finds pages, what reads them, and where they are meanwhile.
#[derive(Debug, Clone)]
pub struct Web {
    /// Finds them.
    pub search: Arc<dyn WebSearch>,
    /// Reads them.
    pub fetcher: Fetcher,
    /// A folder in which folders may be made.
    pub folder: PathBuf,
}

/// Pages that were read, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) pages: Vec<Document>,
    /// Addresses, and names of errors.
    pub(crate) failed: Vec<(String, &'static str)>,
}

impl Web {
    /// Reads the first pages that a query finds; pages that cannot be read are passed over.
    pub(crate) fn fetch(&self, context: &Context, query: &str) -> Result<Fetched, WebError> {
        let mut fetched = Fetched::default();
        for found in self.search.search(context, query, PAGES)? {
            match self.fetcher.fetch(context, &found.url) {
                Ok(page) => {
                    let mut text = page.text;
                    text.truncate(text.floor_char_boundary(PAGE_BYTES));
                    let title = if page.title.is_empty() { found.title } else { page.title };
                    let known = fetched.pages.iter().any(|other| other.id == page.url);
                    let page = Document { id: page.url, title, text, format: page.format, ..Document::default() };
                    fetched.pages.extend((!known).then_some(page));
                }
                Err(error @ (WebError::Cancelled | WebError::Deadline)) => return Err(error),
                Err(error) => fetched.failed.push((found.url, error.name())),
            }
        }
        Ok(fetched)
    }
}

impl Collections {
    /// The same with pages as one more collection, the last.
    pub fn with_pages(&self, context: &Context, pages: Vec<Document>) -> Result<Self> {
        let web = self.web.as_ref().ok_or_else(|| Error::invalid("web", "no search of the web is named"))?;
        let folder = Folder::new(&web.folder)?;
        let store = Store::open(&folder.0)?;
        let name = CollectionName::parse(WEB)?;
        let splitting = Splitting::Structure(Budget::new(PASSAGE.0, PASSAGE.1)?);
        let how = (&*self.encoder, splitting);
        // So that words of all sources compare.
        let language = self.sources.first().map_or(Language::default(), |source| source.generation.manifest().language);
        let options = BuildOptions { language, ..BuildOptions::default() };
        build_documents(context, (&store, &name), &options, how, pages.into_iter(), &mut |_| ())?;
        let generation = Arc::new(store.open_generation(&name)?);
        let page = Source { name: WEB.to_owned(), generation, filter: None };
        let sources = self.sources.iter().cloned().chain([page]).collect();
        Ok(Self { sources, ..self.clone() })
    }
}

/// A folder that goes with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(within: &Path) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = within.join(format!("maxsimd-web-{}-{number}", std::process::id()));
        // Nobody else is to read what somebody asks about.
        DirBuilder::new().mode(0o700).create(&path).map_err(Error::io(&path))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is somebody's temporary folder's to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
