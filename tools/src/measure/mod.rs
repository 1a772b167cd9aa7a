//! Ranking quality on judged queries.

mod dataset;
mod metrics;
mod run;

pub use dataset::{Dataset, Judgments};
pub use metrics::{Quality, mean};
pub use run::{Ranking, write_trec};
