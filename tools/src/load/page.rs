//! A report as one page of HTML: no scripts, nothing loaded from elsewhere, light and dark.

use std::fmt::Write;

use serde_json::Value;

use super::{LoadError, Manifest, Report, plot, table};
use crate::drawing::escaped;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--grid:#d5d9de;--a:#0969da;--b:#bf5b04;--c:#8250df;--d:#1a7f37}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--grid:#30363d;--a:#58a6ff;--b:#f0883e;--c:#bc8cff;--d:#3fb950}}\
body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}\
pre{overflow-x:auto;font-size:13px}svg{width:100%;height:auto;font-size:12px}svg text{fill:var(--ink)}\
.grid{stroke:var(--grid);fill:none}.curve{fill:none;stroke-width:2}\
.curve.c0{stroke:var(--a)}.curve.c1{stroke:var(--b)}.curve.c2{stroke:var(--c)}.curve.c3{stroke:var(--d)}\
svg text.c0{fill:var(--a)}svg text.c1{fill:var(--b)}svg text.c2{fill:var(--c)}svg text.c3{fill:var(--d)}";

/// The page.
pub(super) fn html(report: &Report) -> Result<String, LoadError> {
    let mut text = Vec::new();
    table::table(&mut text, report)?;
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>maxsim bench</title><style>{STYLE}</style></head><body>\n<h1>maxsim bench</h1>\n"
    );
    if report.runs.len() > 1 {
        out.push_str(&plot::sweep(&report.runs));
    }
    for run in &report.runs {
        out.push_str(&plot::distribution(run)?);
    }
    let _ = writeln!(out, "<pre>{}</pre>", escaped(&String::from_utf8_lossy(&text)));
    report.processes.iter().for_each(|process| described(&mut out, process));
    out.push_str("</body></html>\n");
    Ok(out)
}

fn described(out: &mut String, process: &Manifest) {
    let manifest: Value = serde_json::to_value(process).unwrap_or_default();
    let _ = writeln!(out, "<h2>What was measured</h2>\n<pre>{}</pre>", escaped(&format!("{manifest:#}")));
}

#[cfg(test)]
mod tests {
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
}
