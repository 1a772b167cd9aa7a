//! The engines that `compare peers` compares, one file each behind one list.

pub(crate) mod fast_plaid;
mod in_process;
pub(crate) mod maxsimd;
pub(crate) mod next_plaid;
pub(crate) mod tantivy;

use maxsimd_engine::search::Mode;

use self::fast_plaid::FastPlaid;
use self::in_process::InProcess;
use self::maxsimd::Ours;
use self::next_plaid::{Codes, NextPlaid};
use self::tantivy::Tantivy;
use crate::dataset::Dataset;
use crate::searcher::Spent;
use crate::work::Work;

/// Values per vector that the peers are made for.
pub(crate) const PEER_WIDTH: usize = 128;

/// An engine with its index open and the judged queries in its own form.
pub(crate) trait Engine {
    /// Searches for one query, by its place among them, with one thread: what it took, and the passages, best first.
    fn search(&mut self, query: usize, k: usize) -> anyhow::Result<(Spent, Vec<u32>)>;

    /// How it can search for all queries with several threads.
    fn ways(&self) -> &'static [&'static str];

    /// Searches for all queries in one of its ways: what all threads took.
    fn pass(&mut self, way: usize, k: usize, threads: usize) -> anyhow::Result<Spent>;
}

/// What is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    Maxsimd { bits: u8, texts: bool },
    NextPlaid(Codes),
    FastPlaid { bits: u8 },
    Tantivy,
}

impl Index {
    /// Name of its folder, or of its collection.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Maxsimd { texts: true, .. } => "texts".to_owned(),
            Self::Maxsimd { bits, .. } => format!("{bits}bits"),
            Self::NextPlaid(codes) => format!("next-plaid-{}", codes.name()),
            Self::FastPlaid { bits } => format!("fast-plaid-{bits}bits"),
            Self::Tantivy => "tantivy".to_owned(),
        }
    }
}

/// A row of the table: an index, and how it is searched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    pub(crate) index: Index,
    /// maxsimd's way of scoring.
    mode: Mode,
}

/// All of them, as they stand in the table.
pub(crate) const ENTRIES: &[Entry] = &[
    ours("maxsimd-1bit", 1),
    ours("maxsimd-2bits", 2),
    ours("maxsimd-4bits", 4),
    peer("next-plaid-4bits", Index::NextPlaid(Codes::FourBits)),
    peer("next-plaid-2bits", Index::NextPlaid(Codes::TwoBits)),
    peer("next-plaid-binary", Index::NextPlaid(Codes::Binary)),
    peer("fast-plaid-4bits", Index::FastPlaid { bits: 4 }),
    peer("fast-plaid-2bits", Index::FastPlaid { bits: 2 }),
    Entry { name: "maxsimd-hybrid", index: Index::Maxsimd { bits: 2, texts: true }, mode: Mode::Hybrid },
    Entry { name: "maxsimd-bm25", index: Index::Maxsimd { bits: 2, texts: true }, mode: Mode::Bm25 },
    peer("tantivy-bm25", Index::Tantivy),
];

const fn ours(name: &'static str, bits: u8) -> Entry {
    Entry { name, index: Index::Maxsimd { bits, texts: false }, mode: Mode::Late }
}

const fn peer(name: &'static str, index: Index) -> Entry {
    Entry { name, index, mode: Mode::Late }
}

impl Entry {
    /// What the table calls it.
    pub(crate) fn title(&self, width: usize) -> String {
        let narrow = width.min(PEER_WIDTH);
        match (self.index, self.mode) {
            (Index::Maxsimd { bits, .. }, Mode::Late) => {
                format!("maxsimd `late`, {width} x {bits} bit{}", if bits == 1 { "" } else { "s" })
            }
            (Index::Maxsimd { .. }, mode) => format!("maxsimd `{}`", mode.name()),
            (Index::NextPlaid(Codes::Binary), _) => format!("next-plaid, {narrow} x 1 bit (binary)"),
            (Index::NextPlaid(codes), _) => format!("next-plaid, {narrow} x {}", codes.name().replace("bits", " bits")),
            (Index::FastPlaid { bits }, _) => format!("fast-plaid, {narrow} x {bits} bits"),
            (Index::Tantivy, _) => "tantivy BM25".to_owned(),
        }
    }

    /// Whether it ranks by MaxSim alone, so that it can be measured by how much of exact MaxSim it finds.
    pub(crate) fn ranks_by_maxsim(&self) -> bool {
        self.mode == Mode::Late && self.index != Index::Tantivy
    }

    /// Opens its index with the judged queries.
    pub(crate) fn open(&self, data: &Dataset, work: &Work, python: &str) -> anyhow::Result<Box<dyn Engine>> {
        let (name, count, passages) = (self.index.name(), data.queries.len(), data.corpus.len());
        let (path, projected) = (work.index(&name), work.projected_queries());
        Ok(match self.index {
            Index::Maxsimd { texts, .. } => {
                let opened = Ours::open(work, &name, self.mode, (&data.queries, &[&data.corpus]))?;
                let opened = if texts { opened.with_texts(&data.questions) } else { opened };
                Box::new(InProcess::new(opened, count)?)
            }
            Index::NextPlaid(_) => {
                let opened = NextPlaid::open(&path, (&projected, &data.queries), passages)?;
                Box::new(InProcess::with_batches(opened, count)?)
            }
            Index::FastPlaid { .. } => Box::new(FastPlaid::open(python, &path, (&projected, &data.queries))?),
            Index::Tantivy => Box::new(InProcess::new(Tantivy::open(&path, &data.questions, passages)?, count)?),
        })
    }
}
