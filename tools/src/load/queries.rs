//! What is asked: texts, and what else is known of them.

use std::collections::HashMap;
use std::path::Path;

use maxsimd_engine::TokenMatrix;
use serde::Deserialize;

use super::LoadError;
use crate::measure::{Dataset, Judgments};
use crate::vectors::VectorsReader;

/// Something to ask.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Its name among judgments and vectors.
    pub id: Option<String>,
    /// What it says.
    pub text: String,
    /// What is sent in place of the text.
    pub vectors: Option<TokenMatrix>,
    /// Which documents answer it.
    pub judgments: Option<Judgments>,
}

#[derive(Deserialize)]
struct Line {
    _id: Option<String>,
    text: String,
}

impl From<&str> for Query {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}

/// Queries of a BEIR `queries.jsonl`, or of a file that has one in each line.
pub fn read(path: &Path) -> Result<Vec<Query>, LoadError> {
    let refused = |reason: String| refused(path, reason);
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let json = path.extension().is_some_and(|extension| extension == "jsonl");
    let query = |(number, line): (u64, &str)| match json {
        true => parse(line).map_err(|reason| refused(format!("line {number}: {reason}"))),
        false => Ok(Query::from(line.trim())),
    };
    lines(&text).map(query).collect()
}

fn parse(line: &str) -> serde_json::Result<Query> {
    let Line { _id: id, text } = serde_json::from_str(line)?;
    Ok(Query { id, text, ..Query::default() })
}

/// Queries of a data set, which tell how good replies are.
pub fn judged(dataset: Dataset) -> Vec<Query> {
    let query = |(id, text, judgments)| Query { id: Some(id), text, judgments: Some(judgments), vectors: None };
    dataset.queries.into_iter().map(query).collect()
}

/// Gives queries their token vectors, from a folder that `maxsim encode --queries` wrote.
pub fn with_vectors(queries: Vec<Query>, folder: &Path) -> Result<Vec<Query>, LoadError> {
    let refused = |reason: String| refused(folder, reason);
    let encoded = VectorsReader::open(folder).map_err(|error| refused(format!("{error:#}")))?;
    let encoded = encoded.map(|one| one.map(|(document, vectors)| (document.id, vectors)));
    let mut encoded: HashMap<String, TokenMatrix> =
        encoded.collect::<anyhow::Result<_>>().map_err(|error| refused(format!("{error:#}")))?;
    let given = |query: Query| {
        let vectors = query.id.as_ref().and_then(|id| encoded.remove(id));
        let missing =
            || refused(format!("it has no vectors of the query {:?}", query.id.as_ref().unwrap_or(&query.text)));
        Ok(Query { vectors: Some(vectors.ok_or_else(missing)?), ..query })
    };
    queries.into_iter().map(given).collect()
}

/// Texts of documents in BEIR's layout, a title in front of its text.
pub fn read_documents(path: &Path) -> Result<Vec<String>, LoadError> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(default)]
        title: String,
        text: String,
    }
    let refused = |reason: String| refused(path, reason);
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let document = |(number, line): (u64, &str)| {
        let Line { title, text } =
            serde_json::from_str(line).map_err(|error| refused(format!("line {number}: {error}")))?;
        Ok(format!("{title} {text}").trim().to_owned())
    };
    let documents: Vec<String> = lines(&text).map(document).collect::<Result<_, LoadError>>()?;
    if documents.is_empty() { Err(refused("it has no document".to_owned())) } else { Ok(documents) }
}

/// Those that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

fn refused(path: &Path, reason: String) -> LoadError {
    LoadError::Queries { path: path.to_path_buf(), reason }
}

#[cfg(test)]
mod tests {
    use maxsimd_engine::collection::EncoderId;
    use maxsimd_engine::{Document, TextFormat};

    use super::*;
    use crate::vectors::VectorsWriter;

    fn texts(queries: &[Query]) -> Vec<&str> {
        queries.iter().map(|query| query.text.as_str()).collect()
    }

    #[test]
    fn both_kinds_of_files_are_read_and_broken_lines_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            read(&path)
        };
        let queries = written("queries.jsonl", "{\"_id\":\"1\",\"text\":\"a b\"}\n\n").unwrap();
        assert_eq!((texts(&queries), queries[0].id.as_deref()), (vec!["a b"], Some("1")));
        assert_eq!(texts(&written("queries.txt", "a b\n\n {c}\n").unwrap()), ["a b", "{c}"]);
        assert!(written("broken.jsonl", "{\"text\":\"a\"}\n{}\n").unwrap_err().to_string().contains("line 2"));
        assert!(read(&folder.path().join("none")).is_err());
        let corpus = folder.path().join("corpus.jsonl");
        std::fs::write(&corpus, "{\"_id\":\"1\",\"title\":\"T\",\"text\":\"a b\"}\n{\"text\":\"c\"}\n").unwrap();
        assert_eq!(read_documents(&corpus).unwrap(), ["T a b", "c"]);
        std::fs::write(&corpus, "\n").unwrap();
        assert!(read_documents(&corpus).is_err());
    }

    #[test]
    fn vectors_are_found_by_the_ids_of_queries() {
        let folder = tempfile::tempdir().unwrap();
        let encoder = EncoderId { name: "any".to_owned(), fingerprint: String::new() };
        let mut writer = VectorsWriter::create(folder.path(), &encoder, 2).unwrap();
        for (id, values) in [("q1", [1.0, 0.0]), ("q2", [0.0, 1.0])] {
            let matrix = TokenMatrix::new(2, values.to_vec()).unwrap();
            writer.push(id.to_owned(), ("", id), &document(id), &matrix).unwrap();
        }
        writer.finish().unwrap();
        let named = |id: &str| Query { id: Some(id.to_owned()), ..Query::from("a") };
        let queries = with_vectors(vec![named("q2"), named("q1")], folder.path()).unwrap();
        assert_eq!(queries[0].vectors.as_ref().unwrap().values(), [0.0, 1.0]);
        let refused = |query| with_vectors(vec![query], folder.path()).unwrap_err().to_string();
        assert!(refused(named("q3")).contains("q3"));
        assert!(refused(Query::from("nameless")).contains("nameless"));
    }

    fn document(id: &str) -> Document {
        let metadata = serde_json::Map::new();
        Document { id: id.to_owned(), title: String::new(), text: id.to_owned(), format: TextFormat::Plain, metadata }
    }
}
