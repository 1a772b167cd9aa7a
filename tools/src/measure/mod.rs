//! Ranking quality on judged queries.

mod dataset;
mod metrics;
mod run;
mod significance;
mod table;
mod times;

pub use dataset::{Dataset, Judgments};
pub use metrics::{FIGURES, Quality};
pub use run::{Ranking, Run, write_trec};
pub use significance::{Difference, Mean};
pub use table::{Judged, compared, table};
pub use times::percentile;
