//! A report as one page of HTML: no scripts, nothing loaded from elsewhere, light and dark.

use std::fmt::Write;

use serde_json::Value;

use super::charts::{self, Series};
use super::plot::COLOURS;
use super::{LoadError, Manifest, Named, Report, table};
use crate::drawing::escaped;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--grid:#d5d9de;\
--0:#0969da;--1:#bf5b04;--2:#8250df;--3:#1a7f37;--4:#bf3989;--5:#57606a}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--grid:#30363d;\
--0:#58a6ff;--1:#f0883e;--2:#bc8cff;--3:#3fb950;--4:#f778ba;--5:#8b949e}}\
body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}\
pre{overflow-x:auto;font-size:13px}svg{display:block;width:100%;height:auto;margin:1.5rem 0;font-size:12px}\
svg text{fill:var(--ink)}svg .title{font-size:14px;font-weight:600}\
.grid{stroke:var(--grid);fill:none}.curve{fill:none;stroke-width:2}";

/// The page of a report.
pub(super) fn html(report: &Report) -> Result<String, LoadError> {
    let mut text = Vec::new();
    table::table(&mut text, report)?;
    let mut out = begun();
    if report.runs.len() > 1 {
        out.push_str(&charts::sweep(&report.runs));
        out.extend(charts::quality(&[Series::of("nDCG@10", report)]));
    }
    for run in &report.runs {
        out.push_str(&charts::distribution(run)?);
    }
    preformatted(&mut out, &String::from_utf8_lossy(&text));
    report.processes.iter().for_each(|process| described(&mut out, "What was measured", process));
    Ok(ended(out))
}

/// The page of several, with their figures as text.
pub(super) fn compared(series: &[Series<'_>], text: &str, named: &[Named]) -> String {
    let mut out = begun();
    out.extend(charts::quality(series));
    out.extend(charts::latency(series));
    preformatted(&mut out, text);
    for one in named {
        one.report.processes.iter().for_each(|process| described(&mut out, &one.name, process));
    }
    ended(out)
}

fn begun() -> String {
    let colours: String = (0..COLOURS)
        .map(|n| format!(".curve.c{n}{{stroke:var(--{n})}}svg text.c{n},circle.c{n}{{fill:var(--{n})}}"))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>maxsim bench</title><style>{STYLE}{colours}</style></head><body>\n<h1>maxsim bench</h1>\n"
    )
}

fn ended(mut out: String) -> String {
    out.push_str("</body></html>\n");
    out
}

fn preformatted(out: &mut String, text: &str) {
    let _ = writeln!(out, "<pre>{}</pre>", escaped(text));
}

/// A line that opens to all that is known.
fn described(out: &mut String, name: &str, process: &Manifest) {
    let manifest: Value = serde_json::to_value(process).unwrap_or_default();
    let said = |key| manifest["asked"][key].as_str().unwrap_or_default();
    let (kind, of, mode, queries) = (said("workload"), said("api"), said("mode"), process.asked.queries);
    let line = format!("{name}: {kind} of {of}, mode {mode}, {queries} queries, {}", process.date);
    let _ = writeln!(out, "<details><summary>{}</summary>", escaped(&line));
    preformatted(out, &format!("{manifest:#}"));
    out.push_str("</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Judged;
    use crate::load::tests::report;

    #[test]
    fn the_page_loads_nothing_and_hostile_names_stay_text() {
        let mut report = report(&[100.0, 200.0, 300.0]);
        report.processes[0].command = vec!["</pre><script>".to_owned()];
        let page = super::html(&report).unwrap();
        for forbidden in ["<script", "http:", "https:", "src=", "href=", "url("] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert_eq!(page.matches("<svg").count(), 4);
        assert!(page.contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn a_judged_sweep_shows_its_quality_and_reports_stand_beside_each_other() {
        let mut judged = report(&[100.0, 200.0]);
        let quality = Judged { replies: 9, queries: 1, partial: 0, ndcg_at_10: 0.5, recall_at_10: 0.5 };
        judged.runs.iter_mut().for_each(|run| run.quality = Some(quality));
        assert_eq!(super::html(&judged).unwrap().matches("<svg").count(), 4);
        let named =
            [("late", judged), ("<b>", report(&[100.0]))].map(|(name, report)| Named { name: name.to_owned(), report });
        let series: Vec<Series<'_>> = named.iter().map(|one| Series::of(&one.name, &one.report)).collect();
        let page = super::compared(&series, "", &named);
        assert_eq!((page.matches("<svg").count(), page.matches("<polyline").count()), (2, 3));
        assert!(!page.contains("<b>"), "{page}");
    }
}
