//! Filters of questions written for this project, as they were expected before anything read them.

use std::path::PathBuf;

use maxsimd_engine::construct::{Constructed, Now, Schema, construct};
use maxsimd_engine::filter::{Fields, Filter};
use serde::Deserialize;

#[derive(Deserialize)]
struct Library {
    fields: Fields,
    values: std::collections::BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Case {
    question: String,
    now: Now,
    #[serde(default)]
    without: Vec<String>,
    filter: Option<String>,
    rest: Option<String>,
}

fn read(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/construction").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// How many of a file's questions are right, and what is wrong with the others.
fn right(file: &str) -> (usize, Vec<String>) {
    let library: Library = serde_json::from_str(&read("schema.json")).unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    for line in read(file).lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let kept = library.fields.iter().filter(|(name, _)| !case.without.iter().any(|without| without == name));
        let mut fields = Fields::default();
        kept.for_each(|(name, kind)| fields.declare(name, kind).unwrap());
        let found = construct(&case.question, &Schema::new(&fields, library.values.clone()), case.now);
        let expected = case.filter.as_ref().map(|filter| Filter::parse(filter, &fields).unwrap());
        sound(&case.question, &found, &fields);
        if found.filter == expected && case.rest.as_ref().is_none_or(|rest| *rest == found.rest) {
            right += 1;
        } else {
            let Constructed { filter, rest, dropped, .. } = found;
            let filter = filter.map(|filter| filter.to_string());
            wrong.push(format!(
                "{}\n  expected {:?} {:?}\n  found    {filter:?} {rest:?} {dropped:?}",
                case.question, case.filter, case.rest
            ));
        }
    }
    (right, wrong)
}

/// Filters can be read again as they are printed; clauses are in order.
fn sound(question: &str, found: &Constructed, fields: &Fields) {
    if let Some(filter) = &found.filter {
        assert_eq!(Filter::parse(&filter.to_string(), fields).as_ref(), Ok(filter), "{question}");
    }
    assert!(found.clauses.iter().all(|clause| question[clause.range.clone()] == clause.text), "{question}");
    assert!(found.clauses.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{question}");
}

#[test]
fn all_questions_give_the_filters_that_were_expected() {
    let (right, wrong) = right("questions.jsonl");
    assert_eq!((right, wrong.len()), (60, 0), "{}", wrong.join("\n"));
}
