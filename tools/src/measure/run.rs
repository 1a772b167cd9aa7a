//! Rankings of documents, and TREC run files.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

/// Documents by descending score; equal scores by descending id, as trec_eval breaks ties.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking(Vec<(String, f32)>);

impl Ranking {
    /// Ranks documents, each by its best score.
    pub fn new(scores: impl IntoIterator<Item = (String, f32)>) -> Self {
        let mut best: HashMap<String, f32> = HashMap::new();
        for (document, score) in scores {
            let entry = best.entry(document).or_insert(score);
            *entry = entry.max(score);
        }
        let mut ranked: Vec<(String, f32)> = best.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
        Self(ranked)
    }

    /// Document ids, best first.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }
}

/// Rankings of queries by their ids, from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Run(HashMap<String, Ranking>);

impl Run {
    /// Reads a run in TREC format. Scores say the order, as trec_eval has it; ranks are not looked at.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut scores: HashMap<String, Vec<(String, f32)>> = HashMap::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let at = || format!("{}:{number}", path.display());
            let fields: Vec<&str> = line.split_whitespace().collect();
            let &[query, _, document, _, score, _] = fields.as_slice() else {
                anyhow::bail!("{}: not the six fields of a TREC run", at())
            };
            let score: f32 = score.parse().with_context(|| format!("{}: score", at()))?;
            anyhow::ensure!(score.is_finite(), "{}: the score is not finite", at());
            scores.entry(query.to_owned()).or_default().push((document.to_owned(), score));
        }
        Ok(Self(scores.into_iter().map(|(query, scores)| (query, Ranking::new(scores))).collect()))
    }

    /// The ranking of a query; empty of one that is not there.
    pub fn of(&self, query: &str) -> Ranking {
        self.0.get(query).cloned().unwrap_or(Ranking(Vec::new()))
    }
}

/// Writes a run in TREC format: query, Q0, document, rank, score, name of the run. Its fields are separated by white
/// space, so ids that hold some are refused.
pub fn write_trec<'a>(
    out: &mut impl Write,
    name: &str,
    rankings: impl Iterator<Item = (&'a str, &'a Ranking)>,
) -> std::io::Result<()> {
    for (query, ranking) in rankings {
        for (rank, (document, score)) in (1..).zip(&ranking.0) {
            if let Some(id) = [query, document].into_iter().find(|id| id.contains(char::is_whitespace)) {
                let reason = format!("a TREC run cannot hold the id {id:?}, because of its white space");
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason));
            }
            writeln!(out, "{query} Q0 {document} {rank} {score} {name}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_counts_once_by_its_best_passage_and_ties_go_to_the_larger_id() {
        let scores = [("a", 1.0), ("b", 2.0), ("a", 3.0), ("c", 2.0)];
        let ranking = Ranking::new(scores.map(|(id, score)| (id.to_owned(), score)));
        assert_eq!(ranking.documents().collect::<Vec<_>>(), ["a", "c", "b"]);
        let mut run = Vec::new();
        write_trec(&mut run, "late", [("q1", &ranking)].into_iter()).unwrap();
        assert_eq!(String::from_utf8(run).unwrap(), "q1 Q0 a 1 3 late\nq1 Q0 c 2 2 late\nq1 Q0 b 3 2 late\n");
    }

    #[test]
    fn an_id_that_would_break_a_run_into_other_fields_is_refused() {
        let ranking = Ranking::new([("my notes.md".to_owned(), 1.0)]);
        let refused = write_trec(&mut Vec::new(), "late", [("q1", &ranking)].into_iter()).unwrap_err();
        assert!(refused.to_string().contains("my notes.md"), "{refused}");
    }
}
