//! A data set: the vectors of its corpus and of its queries as `maxsim encode` writes them, their texts, and judgments.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::queries::{self, Query};
use crate::texts;
use crate::vectors::VectorsFolder;

/// A folder with `corpus/`, `queries/` and `qrels.tsv`.
#[derive(Debug, Clone)]
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_path_buf())
    }

    pub(crate) fn corpus(&self) -> PathBuf {
        self.0.join("corpus")
    }

    pub(crate) fn queries(&self) -> PathBuf {
        self.0.join("queries")
    }

    fn qrels(&self) -> PathBuf {
        self.0.join("qrels.tsv")
    }

    /// The folder's name.
    fn name(&self) -> anyhow::Result<String> {
        let folder = self.0.canonicalize().with_context(|| self.0.display().to_string())?;
        let name = folder.file_name().and_then(|name| name.to_str()).context("a data set needs a name in UTF-8")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        ensure!(name.chars().all(plain), "{name:?}: a data set's name is of letters, digits, '-', '_' and '.'");
        Ok(name.to_owned())
    }
}

/// A data set, opened.
pub(crate) struct Dataset {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) corpus: VectorsFolder,
    pub(crate) query_folder: VectorsFolder,
    /// The judged ones.
    pub(crate) queries: Vec<Query>,
    /// Their texts.
    pub(crate) questions: Vec<String>,
}

impl Dataset {
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let place = Place::new(folder);
        let (corpus, query_folder) = (VectorsFolder::open(&place.corpus())?, VectorsFolder::open(&place.queries())?);
        let queries = queries::judged(&query_folder, &place.qrels())?;
        let texts = texts::of(&place.queries(), &query_folder)?.collect::<anyhow::Result<Vec<_>>>()?;
        let questions = queries.iter().map(|query| texts[query.number].whole()).collect();
        Ok(Self { name: place.name()?, place, corpus, query_folder, queries, questions })
    }

    /// Ids of passages; what is not of the corpus has none.
    pub(crate) fn ids<'a>(&'a self, passages: &'a [u32]) -> impl Iterator<Item = &'a str> {
        let id = |&number: &u32| usize::try_from(number).ok().and_then(|number| self.corpus.ids().get(number));
        passages.iter().map(move |number| id(number).map_or("", String::as_str))
    }
}
