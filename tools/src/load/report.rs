//! The report: runs, what their curve says, and what they are of. `schema.json` says the same for others.

use serde::{Deserialize, Serialize};

use super::{LoadError, Manifest, Point, Run, Slo, highest_within, knee};

/// Version of the report's shape.
pub const SCHEMA: &str = "maxsimd-bench-1";

/// What a benchmark says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The objective, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<Slo>,
    /// One run, or those of a sweep with the lowest rate first.
    pub runs: Vec<Run>,
    /// Of a sweep: the rate after which p99 begins to climb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knee_per_s: Option<f64>,
    /// Of a sweep with an objective: the highest rate that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_within_slo_per_s: Option<f64>,
    /// What was measured, by each process.
    pub processes: Vec<Manifest>,
}

impl Report {
    /// Of runs that followed each other.
    pub fn new(runs: Vec<Run>, slo: Option<Slo>, processes: Vec<Manifest>) -> Self {
        let points: Vec<Point> = runs.iter().filter_map(|run| run.point(slo.as_ref())).collect();
        let sweep = points.len() > 1;
        Self {
            schema: SCHEMA.to_owned(),
            knee_per_s: knee(&points).filter(|_| sweep),
            highest_within_slo_per_s: highest_within(&points).filter(|_| sweep),
            slo,
            runs,
            processes,
        }
    }

    /// Different queries that were asked over and over.
    pub fn queries(&self) -> usize {
        self.processes.first().map_or(0, |process| process.asked.queries)
    }

    /// Reads one that was written.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let report: Self = serde_json::from_str(text).map_err(|error| LoadError::Report(error.to_string()))?;
        match report.schema == SCHEMA && !report.runs.is_empty() {
            true => Ok(report),
            false => {
                Err(LoadError::Report(format!("its schema is {:?}, expected {SCHEMA:?} with runs", report.schema)))
            }
        }
    }
}
