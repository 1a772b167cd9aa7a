//! What a report is of: machine, command, both sides and the collection.

use std::fs::read_to_string;

use maxsimd_engine::construct::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Api, Workload};

/// What one process measured, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// When it began.
    pub date: Now,
    /// Its command line.
    pub command: Vec<String>,
    /// Of the moments, and of the query that was asked first.
    pub seed: u64,
    /// What was asked.
    pub asked: Asked,
    /// Version of the client.
    pub client: String,
    /// What the server says of itself.
    pub server: Value,
    /// What the server says of the collection.
    pub collection: Value,
    /// Where the client ran.
    pub machine: Machine,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The server's address.
    pub url: String,
    /// The kind of work.
    pub workload: Workload,
    /// Whose protocol.
    pub api: Api,
    /// How searches scored.
    pub mode: String,
    /// Hits, passages of an answer, or texts of a request.
    pub k: usize,
    /// Different queries; what a server keeps of one that was asked before makes later ones cheaper.
    pub queries: usize,
    /// Texts that were encoded or ranked in place of the queries themselves.
    pub documents: usize,
    /// Whether their token vectors were sent in place of their texts.
    pub vectors: bool,
}

/// Where a client ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Model of the processor, if the system says it.
    pub cpu: Option<String>,
    /// Threads that run at a time.
    pub cores: usize,
    /// Name, release and architecture of the system.
    pub kernel: String,
    /// Threads that wanted to run before the benchmark began, over the last minute.
    pub load_average: Option<f64>,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let name = rustix::system::uname();
        let parts = [name.sysname(), name.release(), name.machine()];
        Self {
            cpu: read_to_string("/proc/cpuinfo").ok().and_then(|info| model(&info)),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: parts.map(|part| part.to_string_lossy().into_owned()).join(" "),
            load_average: read_to_string("/proc/loadavg").ok().and_then(|load| load.split(' ').next()?.parse().ok()),
        }
    }
}

fn model(info: &str) -> Option<String> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
