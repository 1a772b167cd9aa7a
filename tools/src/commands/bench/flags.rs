//! Flags of a benchmark.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::search::Mode;

use crate::flags::{self, DaemonFlags};
use crate::load::{
    Api, Arrivals, Pace, Query, Slo, Sweep, Workload, judged, read_documents, read_queries, with_vectors,
};
use crate::measure::Dataset;
use crate::reach::Target;

const LONGEST: f64 = 86_400.0;
const FASTEST: f64 = 1e6;

/// What is measured, and how.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("pace").required(true).args(["rate", "sweep", "closed"]))]
#[command(group = clap::ArgGroup::new("asked").required(true).args(["queries", "dataset"]))]
pub(super) struct BenchFlags {
    /// Where the server is, e.g. http://127.0.0.1:8080
    #[arg(long)]
    pub(super) url: String,
    // Those of `DaemonFlags`, one by one: what is flattened into flags that may all be missing is taken for missing.
    /// File with the key that it asks for [default: what MAXSIMD_KEY holds]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Over https, certificates in PEM that are trusted in place of those that browsers trust [default: what SSL_CERT_FILE names]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Name of the collection, or of an alias; encode and rerank need none
    #[arg(long, value_name = "NAME", value_parser = CollectionName::parse)]
    collection: Option<CollectionName>,
    /// What to ask, over and over: a BEIR queries.jsonl, or a file with one text per line
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
    /// Folder with queries.jsonl and qrels.tsv: asks its queries, and tells nDCG@10 and recall@10 of what was returned
    #[arg(long, value_name = "DIR")]
    dataset: Option<PathBuf>,
    /// Send token vectors in place of texts: a folder by `maxsim encode --queries`, found by the ids of the queries
    #[arg(long, value_name = "DIR")]
    pub(super) vectors: Option<PathBuf>,
    /// JSONL in BEIR layout: what is encoded or ranked, in place of the queries themselves
    #[arg(long, value_name = "FILE")]
    documents: Option<PathBuf>,
    /// What the requests are
    #[arg(long, value_enum, default_value_t)]
    pub(super) workload: Workload,
    /// Whose protocol the server speaks
    #[arg(long, value_enum, default_value_t)]
    pub(super) api: Api,
    /// How passages are scored: late, exhaustive, exact, bm25 or hybrid
    #[arg(long, default_value_t = Mode::Late, value_name = "MODE")]
    pub(super) mode: Mode,
    /// Number of hits asked for, of passages that an answer may be from, or of texts that a request encodes or ranks
    #[arg(short, value_name = "N", default_value = "10", value_parser = flags::hits)]
    pub(super) k: usize,
    /// Requests a second, sent at moments that are fixed beforehand; latencies count from these
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// Rates one after the other, e.g. 50:500:10: tells the knee, and the highest that keeps the objective
    #[arg(long, value_name = "FROM:TO:STEPS")]
    sweep: Option<Sweep>,
    /// Maximum throughput of so many connections, each of which sends when its reply is there; hides what waits
    #[arg(long, value_name = "N", conflicts_with_all = ["connections", "arrivals"])]
    closed: Option<NonZeroUsize>,
    /// How the moments lie in time
    #[arg(long, value_enum, default_value_t)]
    arrivals: Arrivals,
    /// Seconds to measure, at each rate
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) duration: Duration,
    /// Seconds before that, which do not count [default: a tenth of the duration]
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_none)]
    warmup: Option<Duration>,
    /// Connections that are kept; what comes while all are busy waits, and its latency counts
    #[arg(long, value_name = "N", default_value = "64")]
    connections: NonZeroUsize,
    /// Seconds that a reply may take, and that the last are waited for
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(super) timeout: Duration,
    /// The objective, e.g. p99=20ms: goodput is what is within it
    #[arg(long, value_name = "SLO")]
    pub(super) slo: Option<Slo>,
    /// Of the moments, and of the query that is asked first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Write report.json, report.html and latencies.hlog into a folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl BenchFlags {
    /// The server, with the key that it is shown.
    pub(super) fn target(&self) -> anyhow::Result<Target> {
        DaemonFlags { key_file: self.key_file.clone(), ca_file: self.ca_file.clone() }.target(&self.url)
    }

    /// What is asked.
    pub(super) fn asked(&self) -> anyhow::Result<Vec<Query>> {
        let queries = match (&self.queries, &self.dataset) {
            (Some(file), _) => read_queries(file)?,
            (None, Some(folder)) => judged(Dataset::open(folder)?),
            (None, None) => Vec::new(),
        };
        Ok(match &self.vectors {
            Some(folder) => with_vectors(queries, folder)?,
            None => queries,
        })
    }

    /// What is encoded or ranked, if that is told.
    pub(super) fn documents(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.documents.as_deref().map(read_documents).transpose()?.unwrap_or_default())
    }

    /// Empty if there is none.
    pub(super) fn collection(&self) -> &str {
        self.collection.as_ref().map_or("", CollectionName::as_str)
    }

    /// The runs, in their order.
    pub(super) fn paces(&self) -> Vec<Pace> {
        let rates = self.rate.into_iter().chain(self.sweep.iter().flat_map(Sweep::rates));
        let open = rates.map(|rate| Pace::Open { rate, arrivals: self.arrivals });
        open.chain(self.closed.map(|_| Pace::Closed)).collect()
    }

    pub(super) fn warmup(&self) -> Duration {
        self.warmup.unwrap_or(self.duration / 10)
    }

    pub(super) fn connections(&self) -> NonZeroUsize {
        self.closed.unwrap_or(self.connections)
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| *rate > 0.0 && *rate <= FASTEST);
    rate.ok_or_else(|| format!("{text:?} is not above 0 and at most {FASTEST}"))
}

fn seconds_or_none(text: &str) -> Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { seconds(text) }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("{text:?} is not above 0 and at most {LONGEST} seconds"))
}
