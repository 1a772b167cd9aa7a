//! What keeps a benchmark from being run or reported.

/// Why there is no benchmark.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file of queries cannot be read.
    #[error("{}: {reason}", path.display())]
    Queries {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it, and in which line.
        reason: String,
    },
    /// There is nothing to ask.
    #[error("there is no query")]
    NoQueries,
    /// The plan would not fit into memory.
    #[error(
        "{requests} requests are more than the {most} that one process can plan; ask for a shorter duration, or start several processes and merge"
    )]
    TooMany {
        /// How many there would be.
        requests: u64,
        /// How many there may be.
        most: u64,
    },
    /// Only searches are asked for by vectors.
    #[error("this workload is asked for by text, not by vectors; leave out --vectors")]
    NeedsText,
    /// Nothing is said of where to search.
    #[error("this workload needs a --collection")]
    NeedsCollection,
    /// Only texts that are encoded or ranked come from documents.
    #[error("--documents are what the workloads encode and rerank are about; leave it out")]
    NeedsNoDocuments,
    /// The API does not do this.
    #[error("this API has no {0}")]
    Unsupported(String),
    /// A request cannot be written in the API's form.
    #[error("a request cannot be written: {0}")]
    Unwritable(String),
    /// The client itself was the bottleneck.
    #[error(
        "{0}; these would be figures of the client, not of the server, and are not reported: ask for a lower rate or fewer connections, give the client a core of its own, let it run before others (it does by itself as root, or where `ulimit -r` is not 0), or start several processes and `maxsim bench merge` their reports"
    )]
    Busy(String),
    /// A report is not what it should be.
    #[error("not a report that can be used: {0}")]
    Report(String),
    /// The system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
