//! `ask`: quotes that stand where they say, and abstentions.

use std::fs;

use super::support::{fixtures, maxsim, path_text};

#[test]
fn a_question_is_answered_with_quotes_of_files_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    let on = |command: &str, arguments: &[&str]| {
        maxsim(&[&[command, "--data", &data, "--collection", "corpus"], arguments].concat())
    };
    assert_eq!(on("build", &["--input", &fixtures("corpus")]).code, 0);
    let question = "How does late interaction compare a query with a passage?";
    let answer = on("ask", &["--json", question]).json();
    assert_eq!(answer["abstained"], false, "{answer}");
    let said = answer["answer"].as_str().unwrap();
    let citations = answer["citations"].as_array().unwrap();
    assert!(!citations.is_empty());
    for citation in citations {
        let text = fs::read_to_string(fixtures("corpus") + "/" + citation["document_id"].as_str().unwrap()).unwrap();
        let at = |field: &str| usize::try_from(citation[field].as_u64().unwrap()).unwrap();
        assert_eq!(&text[at("start")..at("end")], citation["quote"]);
        assert_eq!(&said[at("answer_start")..at("answer_end")], citation["quote"]);
    }
    assert_eq!(citations[0]["document_id"], "late-interaction.md");
    let printed = on("ask", &[question]).out;
    assert!(
        printed.contains("[1] late-interaction.md#") && printed.contains("no language model was asked"),
        "{printed}"
    );
    let unknown = on("ask", &["--json", "Who won the football match in Lisbon yesterday?"]).json();
    assert_eq!((&unknown["abstained"], &unknown["answer"]), (&true.into(), &"".into()));
    assert!(on("ask", &["Who won the football match in Lisbon yesterday?"]).out.contains("Nothing in the collection"));
    assert_eq!(on("ask", &["-k", "0", question]).code, 2);
}
