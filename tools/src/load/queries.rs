//! Files of queries.

use std::path::Path;

use serde::Deserialize;

use super::LoadError;

#[derive(Deserialize)]
struct Query {
    text: String,
}

/// Texts of a BEIR `queries.jsonl`, or of a file that has one in each line.
pub fn read(path: &Path) -> Result<Vec<String>, LoadError> {
    let refused = |reason: String| LoadError::Queries { path: path.to_path_buf(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let json = path.extension().is_some_and(|extension| extension == "jsonl");
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let query = |(number, line): (u64, &str)| match json {
        true => parse(line).map_err(|reason| refused(format!("line {number}: {reason}"))),
        false => Ok(line.trim().to_owned()),
    };
    lines.map(query).collect()
}

fn parse(line: &str) -> serde_json::Result<String> {
    serde_json::from_str::<Query>(line).map(|query| query.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_files_are_read_and_broken_lines_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            read(&path)
        };
        assert_eq!(written("queries.jsonl", "{\"_id\":\"1\",\"text\":\"a b\"}\n\n").unwrap(), ["a b"]);
        assert_eq!(written("queries.txt", "a b\n\n {c}\n").unwrap(), ["a b", "{c}"]);
        assert!(written("broken.jsonl", "{\"text\":\"a\"}\n{}\n").unwrap_err().to_string().contains("line 2"));
        assert!(read(&folder.path().join("none")).is_err());
    }
}
