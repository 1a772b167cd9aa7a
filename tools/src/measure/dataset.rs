//! Data sets in BEIR layout: `queries.jsonl` and `qrels.tsv`.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// Gains of judged documents, by document id.
pub type Judgments = HashMap<String, i64>;

/// Judged queries.
#[derive(Debug)]
pub struct Dataset {
    /// Queries with judgments, in the order of the file: id, text, gains.
    pub queries: Vec<(String, String, Judgments)>,
    /// Texts of queries that nothing answers: their metadata say `"answerable": false`.
    pub unanswerable: Vec<String>,
}

#[derive(Deserialize)]
struct Query {
    _id: String,
    text: String,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(default)]
struct Metadata {
    answerable: bool,
}

impl Default for Metadata {
    fn default() -> Self {
        Self { answerable: true }
    }
}

impl Dataset {
    /// Reads a folder. Queries without judgments are left out.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut judgments = read_judgments(&folder.join("qrels.tsv"))?;
        let path = folder.join("queries.jsonl");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let (mut queries, mut unanswerable) = (Vec::new(), Vec::new());
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let query: Query = serde_json::from_str(line).with_context(|| format!("{}:{number}", path.display()))?;
            if query.metadata.is_some_and(|metadata| !metadata.answerable) {
                unanswerable.push(query.text);
                continue;
            }
            queries.extend(judgments.remove(&query._id).map(|gains| (query._id, query.text, gains)));
        }
        ensure!(!queries.is_empty(), "{}: no query has judgments", folder.display());
        Ok(Self { queries, unanswerable })
    }
}

fn read_judgments(path: &Path) -> anyhow::Result<HashMap<String, Judgments>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut lines = (1..).zip(text.lines());
    match lines.next() {
        Some((_, header)) if header.split('\t').eq(["query-id", "corpus-id", "score"]) => {}
        _ => bail!("{}: the first line must be query-id, corpus-id, score, separated by tabs", path.display()),
    }
    let mut judgments: HashMap<String, Judgments> = HashMap::new();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[query, document, gain] = fields.as_slice() else {
            bail!("{}:{number}: not three fields", path.display())
        };
        let gain = gain.trim().parse().with_context(|| format!("{}:{number}: score", path.display()))?;
        judgments.entry(query.to_owned()).or_default().insert(document.to_owned(), gain);
    }
    Ok(judgments)
}
