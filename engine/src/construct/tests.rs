//! Each kind of clause, what is no clause, and that whatever is asked, the result is sound.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::filter::Fields;

fn schema(fields: &serde_json::Value) -> (Fields, Schema) {
    let fields: Fields = serde_json::from_value(fields.clone()).expect("sound fields");
    let values = [
        ("kind", vec!["paper", "report", "tutorial"]),
        ("lang", vec!["de-AT", "de-DE", "en", "no"]),
        ("category", vec!["energy", "law"]),
        ("status", vec!["final", "under review"]),
        ("writer", vec!["Ada Lovelace", "Ärzte ohne Grenzen"]),
    ];
    let values = values.map(|(field, values)| (field.to_owned(), values.into_iter().map(str::to_owned).collect()));
    let schema = Schema::new(&fields, BTreeMap::from(values));
    (fields, schema)
}

fn library() -> (Fields, Schema) {
    schema(&json!({
        "kind": "keyword", "lang": "keyword", "category": "keyword", "status": "keyword", "writer": "keyword",
        "serial": "keyword", "page_count": "integer", "length_seconds": "integer", "score": "float",
        "is_free": "boolean", "hasFigures": "boolean", "publication_date": "date", "modified": "date", "title": "text",
    }))
}

fn asked(question: &str, schema: &Schema) -> Constructed {
    construct(question, schema, "2024-03-31".parse().expect("a day"))
}

/// Checks questions against filters as text, of which an empty one is none.
fn says((fields, schema): &(Fields, Schema), cases: &[(&str, &str)]) {
    for (question, expected) in cases {
        let found = asked(question, schema);
        let expected = (!expected.is_empty()).then(|| Filter::parse(expected, fields).expect(expected));
        assert_eq!(found.filter, expected, "{question}: {:?}", found.dropped);
    }
}

fn reasons(question: &str, schema: &Schema) -> Vec<Reason> {
    asked(question, schema).dropped.into_iter().map(|dropped| dropped.reason).collect()
}

#[test]
fn directions_and_borders_are_those_that_were_said() {
    says(
        &library(),
        &[
            ("documents before 2024", "publication_date < '2024'"),
            ("documents until 2024", "publication_date <= '2024'"),
            ("documents after 2024", "publication_date > '2024'"),
            ("documents since 2024", "publication_date >= '2024'"),
            ("documents before the end of 2024", "publication_date <= '2024'"),
            ("documents since the start of 2024", "publication_date >= '2024'"),
            ("documents from 2019 onwards", "publication_date >= '2019'"),
            ("documents from 2019 or earlier", "publication_date <= '2019'"),
            ("documents of 10 to 20 pages", "page_count >= 10 and page_count <= 20"),
            ("documents with no more than 20 pages", "page_count <= 20"),
            ("documents with a score of 0.5 or better", "score >= 0.5"),
        ],
    );
}

#[test]
fn dates_of_the_calendar_and_from_now_are_read() {
    says(
        &library(),
        &[
            ("documents from the '90s", "publication_date >= '1990' and publication_date <= '1999'"),
            ("documents from 31/12/2020", "publication_date = '2020-12-31'"),
            ("documents from 05.06.2020", "publication_date = '2020-06-05'"),
            ("documents between March and May 2021", "publication_date >= '2021-03' and publication_date <= '2021-05'"),
            ("documents from May", "publication_date = '2023-05'"),
            ("documents from May 5th, 2022", "publication_date = '2022-05-05'"),
            (
                "documents from the second half of 2020",
                "publication_date >= '2020-07' and publication_date <= '2020-12'",
            ),
            ("documents from the last month", "publication_date >= '2024-02-29'"),
            ("documents from last month", "publication_date = '2024-02'"),
            ("documents from last March", "publication_date = '2023-03'"),
            ("documents from last quarter", "publication_date >= '2023-10' and publication_date <= '2023-12'"),
            ("documents modified a week ago", "modified = '2024-03-24'"),
            ("documents from 2019, 2021 or 2022", "publication_date in ('2019', '2021', '2022')"),
        ],
    );
}

#[test]
fn a_date_is_of_the_field_that_is_named_or_of_the_preferred_one() {
    says(
        &library(),
        &[
            ("documents changed in 2020", "modified = '2020'"),
            ("documents issued in 2020", "publication_date = '2020'"),
        ],
    );
    let years = schema(&json!({"year": "integer"}));
    says(
        &years,
        &[("documents before 1990", "year < 1990"), ("documents from the 1980s", "year >= 1980 and year <= 1989")],
    );
    assert_eq!(reasons("documents since March 2021", &years.1), [Reason::WholeYears]);
    assert_eq!(reasons("documents updated since 2021", &years.1), [Reason::NoField]);
    let two = schema(&json!({"begun": "date", "ended": "date"}));
    assert_eq!(reasons("documents since 2021", &two.1), [Reason::AmbiguousField]);
    says(&two, &[("documents ended since 2021", "ended >= '2021'")]);
    assert_eq!(reasons("documents since 2021", &schema(&json!({"title": "text"})).1), [Reason::NoField]);
}

#[test]
fn units_are_converted_and_rounded_to_what_an_integer_field_can_tell() {
    says(
        &library(),
        &[
            ("documents under half an hour", "length_seconds < 1800"),
            ("documents longer than 1.5 minutes", "length_seconds > 90"),
            ("documents with more than 2.5 pages", "page_count > 2"),
            ("documents with at least 2.5 pages", "page_count >= 3"),
            ("documents with 1.2k+ pages", "page_count >= 1200"),
            ("documents with twenty-five pages", "page_count = 25"),
        ],
    );
    assert_eq!(reasons("documents with exactly 2.5 pages", &library().1), [Reason::NoSuchNumber]);
}

#[test]
fn languages_are_found_by_name_whatever_code_is_kept() {
    says(
        &library(),
        &[
            ("documents in German", "lang in ('de-AT', 'de-DE')"),
            ("German-language documents", "lang in ('de-AT', 'de-DE')"),
            ("non-English documents", "lang != 'en'"),
            ("documents in English cities", ""),
            ("documents with English words", ""),
            ("English 2020 documents", "lang = 'en' and publication_date = '2020'"),
            ("no documents", ""),
            ("lang: no", "lang = 'no'"),
        ],
    );
}

#[test]
fn subjects_need_the_name_of_their_field() {
    says(
        &library(),
        &[
            ("energy papers", "kind = 'paper'"),
            ("papers about energy and law", "kind = 'paper'"),
            ("papers in the category energy", "kind = 'paper' and category = 'energy'"),
            ("papers in the energy category", "kind = 'paper' and category = 'energy'"),
            ("category: energy, law", "category in ('energy', 'law')"),
        ],
    );
}

#[test]
fn fields_with_signs_need_no_documents() {
    says(
        &library(),
        &[
            ("status = \"under review\" asbestos", "status = 'under review'"),
            ("page_count>=10 asbestos", "page_count >= 10"),
            ("serial: X-7 asbestos", "serial = 'X-7'"),
            ("serial = \"X-7 b\" asbestos", "serial = 'X-7 b'"),
            ("modified > 2020-05 asbestos", "modified > '2020-05'"),
            ("writer: Ärzte ohne Grenzen", "writer = 'Ärzte ohne Grenzen'"),
            ("lang != en is_free: true asbestos", "lang != 'en' and is_free = true"),
        ],
    );
    assert_eq!(reasons("kind: poem", &library().1), [Reason::UnknownValue]);
}

#[test]
fn what_is_negated_keeps_documents_that_do_not_say() {
    says(
        &library(),
        &[
            ("papers that are not free", "kind = 'paper' and is_free != true"),
            ("papers without figures", "kind = 'paper' and hasFigures != true"),
            ("papers not written by Ada Lovelace", "kind = 'paper' and writer != 'Ada Lovelace'"),
            ("everything but not reports from 2020", "not (kind = 'report' and publication_date = '2020')"),
            ("everything except reports and tutorials", "kind not in ('report', 'tutorial')"),
            ("documents excluding anything before 2010", "not publication_date < '2010'"),
            (
                "papers except reports 2020 reports from May",
                "kind = 'paper' and not (kind = 'report' and publication_date = '2020' and publication_date = '2023-05')",
            ),
        ],
    );
}

#[test]
fn what_documents_tell_is_no_filter() {
    let sentences = [
        "the report on the 2008 crisis",
        "how many papers were published in 2020?",
        "papers about bridges built before 1930",
        "who was paid for more than 500 pages?",
        "how are reports written in German schools?",
        "what is free?",
        "according to the report, what happened since 2020?",
        "In 2020 nobody read.",
    ];
    for sentence in sentences {
        let filter = asked(sentence, &library().1).filter.map(|filter| filter.to_string());
        assert!(filter.as_deref().is_none_or(|filter| filter == "kind = \"paper\""), "{sentence}: {filter:?}");
    }
}

#[test]
fn what_is_left_is_what_to_search_for() {
    let schema = library().1;
    for (question, rest) in [
        ("Could you show me free papers about heat pumps, please?", "heat pumps, please?"),
        ("What do papers from 2023 say about heat?", "What do papers say about heat?"),
        ("Since 2020, which papers discuss heat?", "discuss heat?"),
        ("  papers since 2020 ", "papers since 2020"),
        ("Heat in papers?", "Heat in papers?"),
    ] {
        assert_eq!(asked(question, &schema).rest, rest);
    }
}

#[test]
fn replies_say_which_words_became_what() {
    let found = asked("Größere papers since 2020, from 30/02/2021", &library().1);
    let expected = json!({
        "filter": "kind = \"paper\" and publication_date >= \"2020\"",
        "clauses": [
            {"range": {"start": 10, "end": 16}, "text": "papers", "filter": "kind = \"paper\""},
            {"range": {"start": 17, "end": 27}, "text": "since 2020", "filter": "publication_date >= \"2020\""},
        ],
        "dropped": [{"range": {"start": 29, "end": 44}, "text": "from 30/02/2021", "reason": "impossible_date"}],
        "rest": "Größere papers, from 30/02/2021",
    });
    assert_eq!(json!(found), expected);
}

#[test]
fn questions_and_clauses_are_limited() {
    let schema = library().1;
    let long = "papers since 2020 ".repeat(500);
    assert_eq!((asked(&long, &schema).filter, reasons(&long, &schema)), (None, vec![Reason::TooLong]));
    let many: String = (0..20).map(|page| format!("page_count > {page} ")).collect();
    let found = asked(&many, &schema);
    assert_eq!((found.clauses.len(), found.dropped.len()), (MAX_CLAUSES, 4));
}

/// Pieces of questions in any order, and anything else between them.
fn question() -> impl Strategy<Value = String> {
    const PIECES: [&str; 48] = [
        "papers",
        "reports",
        "documents",
        "find",
        "me",
        "in",
        "German",
        "or",
        "and",
        ",",
        "not",
        "except",
        "before",
        "since",
        "between",
        "2019",
        "2020-05-01",
        "2020-13-45",
        "99/99/9999",
        "last",
        "the",
        "past",
        "two",
        "9999999",
        "weeks",
        "years",
        "ago",
        "pages",
        "more than",
        "5k",
        "half",
        "an",
        "hour",
        "score",
        ":",
        "\"",
        "'",
        "ß",
        "İ",
        "é",
        "-",
        "–",
        "under review",
        "category",
        "9e999",
        "1990s",
        "May",
        "?",
    ];
    let piece = prop_oneof![6 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,4}"];
    vec((piece, prop_oneof![5 => Just(" "), 1 => Just("")]), 0..40)
        .prop_map(|parts| parts.into_iter().map(|(piece, space)| piece + space).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_clauses_are_in_order_and_filters_can_be_read_again(question in question(), text in "\\PC{0,80}") {
        let (fields, schema) = library();
        for question in [question, text] {
            let found = asked(&question, &schema);
            prop_assert_eq!(&found, &asked(&question, &schema));
            prop_assert!(found.clauses.len() <= MAX_CLAUSES);
            prop_assert!(found.clauses.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
            for clause in &found.clauses {
                prop_assert_eq!(question.get(clause.range.clone()), Some(clause.text.as_str()));
            }
            for dropped in &found.dropped {
                prop_assert_eq!(question.get(dropped.range.clone()), Some(dropped.text.as_str()));
            }
            if let Some(filter) = &found.filter {
                let again = Filter::parse(&filter.to_string(), &fields);
                prop_assert_eq!(again.as_ref(), Ok(filter));
            }
        }
    }
}
