//! What was measured of all sizes: as a table and as plots.

use super::{STAGES, Size};
use crate::plots::{self, Curve, Curves};
use crate::section::Plot;
use crate::stats::exponent;
use crate::table::Report;

/// The table.
pub(super) fn report(sizes: &[Size], queries: usize, rounds: usize) -> anyhow::Result<Report> {
    let title =
        format!("A corpus among ever more passages: {queries} judged queries, {rounds} times, k = 10, one thread");
    let columns: Vec<String> = std::iter::once(String::new())
        .chain(sizes.iter().map(|size| format!("{} passages", size.passages)))
        .chain(std::iter::once("grows with".to_owned()))
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut report = Report::new(title, &columns, &sizes)?;
    let mut row = |name: &str, digits: usize, grows: bool, of: &dyn Fn(&Size) -> f64| {
        let cells = sizes.iter().map(|size| format!("{:.digits$}", of(size)));
        let points: Vec<(f64, f64)> = sizes.iter().map(|size| (size.token_vectors as f64, of(size))).collect();
        let law = if grows { format!("n^{:.2}", exponent(&points)) } else { String::new() };
        report.row(std::iter::once(name.to_owned()).chain(cells).chain(std::iter::once(law)));
    };
    row("token vectors n", 0, true, &|s| s.token_vectors as f64);
    row("centroids", 0, true, &|s| s.centroids as f64);
    row("build, wall s", 1, true, &|s| s.build.seconds);
    row("build, processor s", 1, true, &|s| s.build.cpu_seconds);
    row("build, peak MiB", 0, true, &|s| s.build.peak_mib);
    row("index, MiB", 1, true, &|s| mib(s.index_bytes));
    row("bytes per token vector", 1, false, &|s| s.index_bytes as f64 / s.token_vectors as f64);
    row("`late` p50 ms", 2, true, &|s| s.late_ms.p50);
    row("`late` p95 ms", 2, true, &|s| s.late_ms.p95);
    row("`late` processor p50 ms", 2, true, &|s| s.late_ms.processor_p50);
    for (at, stage) in STAGES.iter().enumerate() {
        row(&format!("of it {}, us", stage.name()), 0, true, &|s| s.stages_us[at]);
    }
    row("`exhaustive` p50 ms", 1, true, &|s| s.judged.exhaustive_ms);
    row("nDCG@10", 4, false, &|s| s.judged.ndcg_at_10);
    row("`late`: overlap@10 with exact", 3, false, &|s| s.judged.overlap_at_10_with_exact);
    row("`exhaustive`: overlap@10 with exact", 3, false, &|s| s.judged.exhaustives_overlap_with_exact);
    row("`late`: of exhaustive's top 10", 3, false, &|s| s.judged.of_exhaustives_top_10);
    row("of its top 100", 3, false, &|s| s.judged.of_exhaustives_top_100);
    row("cold: open, ms", 1, true, &|s| s.cold.open_ms);
    row("cold: first search, ms", 1, true, &|s| s.cold.first_search_ms);
    row("cold: first search p95, ms", 1, true, &|s| s.cold.first_search_p95_ms);
    row("cold: read for both, MiB", 1, true, &|s| s.cold.mib_read);
    row("resident after all queries, of files, MiB", 0, true, &|s| s.cold.resident_file_mib);
    row("resident, its own, MiB", 0, true, &|s| s.cold.resident_own_mib);
    report.note("Sizes are searched in turn, warm. Cold: all files out of the page cache before each of 20 openings.");
    Ok(report)
}

/// A figure of a size.
type Figure = fn(&Size) -> f64;

/// Times and bytes.
pub(super) fn plots(sizes: &[Size]) -> [Plot; 2] {
    let plot = |title, figures: &[(&str, Figure)]| {
        let curves = figures.iter().map(|(label, of)| {
            let points: Vec<(f64, f64)> = sizes.iter().map(|s| (s.token_vectors as f64 / 1e6, of(s))).collect();
            Curve { label: format!("{label}: n^{:.2}", exponent(&points)), points }
        });
        plots::curves(&Curves { title, across: "million token vectors", curves: curves.collect() })
    };
    let times: [(&str, Figure); 5] = [
        ("build, processor s", |s| s.build.cpu_seconds),
        ("exhaustive, p50 ms", |s| s.judged.exhaustive_ms),
        ("late, p50 ms", |s| s.late_ms.p50),
        ("late, p95 ms", |s| s.late_ms.p95),
        ("open and search, cold, ms", |s| s.cold.open_ms + s.cold.first_search_ms),
    ];
    let bytes: [(&str, Figure); 4] = [
        ("index", |s| mib(s.index_bytes)),
        ("peak of the build", |s| s.build.peak_mib),
        ("read for a first search", |s| s.cold.mib_read),
        ("resident, its own", |s| s.cold.resident_own_mib),
    ];
    [("times", "Times against token vectors", &times[..]), ("bytes", "MiB against token vectors", &bytes)]
        .map(|(name, title, figures)| Plot { name: name.to_owned(), title: title.to_owned(), drawing: plot(title, figures) })
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
