//! Bodies in the compact form: byte for byte what `PROTOCOL.md` shows, the same as in JSON, and refused by name if they are
//! not what they say.

use maxsimd_engine::TokenMatrix;
use maxsimd_engine::filter::Fields;
use maxsimd_engine::search::HitKind;
use maxsimd_server::error::{Code, Problem};
use maxsimd_server::wire::{
    AnswerAsk, Ask, BudgetBody, CreateRequest, DeleteRequest, DocumentBody, EncodeAsk, EncodeReply, Form, Free,
    HitBody, List, Named, ProblemBody, Request, RouteAsk, Search, SearchAnswer, SearchBody, Text, TimingsBody,
    UpsertBody, UpsertRequest, Values, Vectors, Whole, compact,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const PROTOCOL: &str = include_str!("../PROTOCOL.md");

/// The bytes of a block of the protocol: in each line, what stands before a gap of three spaces.
fn shown(what: &str) -> Vec<u8> {
    let start = PROTOCOL.find(what).expect("the protocol shows it");
    let block = PROTOCOL[start..].split("```").nth(1).expect("a block");
    let bytes = |line: &'static str| {
        let line = line.trim_start();
        line.split("   ").next().unwrap_or_default().split_whitespace().map(|byte| u8::from_str_radix(byte, 16))
    };
    block.lines().flat_map(bytes).collect::<Result<_, _>>().expect("bytes")
}

fn two_vectors() -> TokenMatrix {
    TokenMatrix::new(2, vec![1.0, 0.0, 0.0, -1.0]).expect("finite")
}

fn search() -> SearchBody<'static> {
    SearchBody {
        vectors: Some(Vectors::bytes(&two_vectors(), Values::F16)),
        k: Some(Whole(300)),
        mode: Some("late".into()),
        min_score: Some(1.5),
        include: Some(List(Vec::new())),
        ..SearchBody::default()
    }
}

fn answer() -> SearchAnswer {
    let hit = HitBody {
        passage_id: "n1#0".to_owned(),
        document_id: Some("n1".to_owned()),
        kind: Named(HitKind::Passage),
        layer: 0,
        leaves: Vec::new(),
        pieces: Vec::new(),
        tokens: 7,
        score: 1.75,
        query: 0,
        title: "Rotation".to_owned(),
        heading: String::new(),
        text: None,
        start: 0,
        end: 52,
        metadata: Some(Free(json!({"year": 2026}).as_object().cloned().expect("an object"))),
        legs: None,
        explain: None,
    };
    SearchAnswer {
        hits: vec![hit],
        generation: 3,
        applied_filter: None,
        degraded: Vec::new(),
        partial: false,
        certified: true,
        pruning: None,
        timings: TimingsBody { score_us: 70_000, fetch_us: 12, ..TimingsBody::default() },
        explain: None,
    }
}

#[test]
fn a_search_and_its_reply_are_the_bytes_that_the_protocol_shows() {
    let written = compact::encode(&search()).expect("written");
    assert_eq!(written, shown("A search for two vectors"), "{written:02x?}");
    let written = compact::encode(&answer()).expect("written");
    assert_eq!(written, shown("A reply with one hit"), "{written:02x?}");
    assert_eq!(compact::decode_reply::<SearchAnswer>(&written), Ok(answer()));
}

/// A body in both forms, and what each is parsed into.
fn both<'a, T: Request + std::fmt::Debug>(json: Value, body: &T::Body<'a>) -> (String, String)
where
    T::Body<'a>: compact::Writable + serde::Serialize,
{
    assert_eq!(serde_json::to_value(body).expect("JSON"), json, "a client writes the same JSON");
    let parse = |form, bytes: Vec<u8>| format!("{:?}", T::parse(form, &bytes).expect("accepted"));
    let compact = compact::encode(body).expect("written");
    (parse(Form::Json, json.to_string().into_bytes()), parse(Form::Compact, compact))
}

#[test]
fn a_request_means_the_same_in_both_forms() {
    let filter = serde_json::value::to_raw_value(&json!({"year": {"lt": 2000}})).expect("JSON");
    let options = serde_json::value::to_raw_value(&json!({"how": "rules"})).expect("JSON");
    let (a, b) = both::<Search>(
        json!({"queries": ["a", "é"], "k": 3, "mode": "hybrid", "scope": "all", "min_score": -1.5, "explain": true,
            "deadline_ms": 500, "include": ["text"], "recall": 0.5, "certified": true, "fusion": "rrf", "fold": "none",
            "max_tokens": 9, "return": "parent", "strategy": "traversal", "per_layer": 4, "filter": {"year": {"lt": 2000}}}),
        &SearchBody {
            queries: Some(List(vec!["a".into(), "é".into()])),
            k: Some(Whole(3)),
            mode: Some("hybrid".into()),
            scope: Some("all".into()),
            min_score: Some(-1.5),
            explain: Some(true),
            deadline_ms: Some(Whole(500)),
            include: Some(List(vec!["text".into()])),
            recall: Some(0.5),
            certified: Some(true),
            filter: Some(Free(&filter)),
            fusion: Some("rrf".into()),
            strategy: Some("traversal".into()),
            per_layer: Some(Whole(4)),
            fold: Some("none".into()),
            max_tokens: Some(Whole(9)),
            returns: Some("parent".into()),
            ..SearchBody::default()
        },
    );
    assert_eq!(a, b);
    let (a, b) = both::<CreateRequest>(
        json!({"name": "notes", "width": 8, "bits": 4, "fields": {"year": "integer"}, "split": false, "raptor": "gmm"}),
        &maxsimd_server::wire::CreateBody {
            name: Some("notes".into()),
            width: Some(Whole(8)),
            bits: Some(Whole(4)),
            fields: Some(Free(serde_json::from_value::<Fields>(json!({"year": "integer"})).expect("fields"))),
            split: Some(false),
            raptor: Some(Free(json!("gmm"))),
            ..Default::default()
        },
    );
    assert_eq!(a, b);
    let (a, b) = both::<UpsertRequest>(
        json!({"documents": [{"title": "T", "text": "x", "format": "markdown", "metadata": {"year": 1}},
            {"id": "v", "vectors": {"f32": "AACAPwAAAAA=", "shape": [1, 2]}}]}),
        &UpsertBody {
            documents: Some(List(vec![
                DocumentBody {
                    title: Some("T".into()),
                    text: Some("x".into()),
                    format: Some(Named(maxsimd_engine::TextFormat::Markdown)),
                    metadata: Some(Free(serde_json::from_str(r#"{"year": 1}"#).expect("JSON"))),
                    ..DocumentBody::default()
                },
                DocumentBody {
                    id: Some("v".into()),
                    vectors: Some(Vectors::bytes(&TokenMatrix::new(2, vec![1.0, 0.0]).expect("finite"), Values::F32)),
                    ..DocumentBody::default()
                },
            ])),
        },
    );
    assert_eq!(a, b);
    let (a, b) = both::<DeleteRequest>(
        json!({"ids": ["a", "b"]}),
        &maxsimd_server::wire::DeleteBody { ids: Some(List(vec!["a".into(), "b".into()])), filter: None },
    );
    assert_eq!(a, b);
    let (a, b) = both::<AnswerAsk>(
        json!({"question": "why?", "history": [{"role": "user", "content": "x"}], "collections": ["docs"],
            "technique": "routing", "options": {"how": "rules"}, "budget": {"max_ms": 5}, "threshold": 0.5, "stream": false}),
        &maxsimd_server::wire::AnswerBody {
            question: Some("why?".into()),
            history: Some(List(vec![maxsimd_server::wire::TurnBody {
                role: Named(maxsimd_engine::generate::Role::User),
                content: "x".into(),
            }])),
            collections: Some(List(vec!["docs".into()])),
            technique: Some("routing".into()),
            options: Some(Free(&options)),
            budget: Some(BudgetBody { max_ms: Some(Whole(5)), ..BudgetBody::default() }),
            threshold: Some(0.5),
            stream: Some(false),
            ..Default::default()
        },
    );
    assert_eq!(a, b);
    let (a, b) = both::<RouteAsk>(
        json!({"question": "why?", "collections": ["docs"], "options": {"how": "rules"}, "deadline_ms": 7}),
        &maxsimd_server::wire::RouteBody {
            question: Some("why?".into()),
            collections: Some(List(vec!["docs".into()])),
            options: Some(Free(&options)),
            deadline_ms: Some(Whole(7)),
            ..Default::default()
        },
    );
    assert_eq!(a, b);
}

#[test]
fn knobs_are_checked_with_the_rest_and_no_object_of_any_size() {
    let many = format!(r#"{{"a":[{}0]}}"#, r#"{"":0},"#.repeat(10_000));
    for (options, told) in [
        (r#"{"colour": 1}"#, "no knob of routing"),
        (r#"{"how": "at once"}"#, "none of rules, semantic, logical"),
        ("[]", "invalid type"),
        (&many, "at most 65536 are taken"),
    ] {
        let body = format!(r#"{{"question": "why?", "collections": ["docs"], "options": {options}}}"#);
        let problem = RouteAsk::parse(Form::Json, body.as_bytes()).expect_err("refused");
        assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some("options")));
        assert!(problem.detail.contains(told), "{}", problem.detail);
    }
}

#[track_caller]
fn refused<T: Request + std::fmt::Debug>(bytes: &[u8]) -> Problem {
    T::parse(Form::Compact, bytes).expect_err("refused")
}

#[track_caller]
fn assert_refused(bytes: &[u8], status: u16, code: Code, field: Option<&str>) {
    let problem = refused::<Search>(bytes);
    let found = (problem.status().as_u16(), problem.code, problem.field.as_deref());
    assert_eq!(found, (status, code, field), "{}", problem.detail);
}

fn written(change: impl FnOnce(&mut SearchBody<'static>)) -> Vec<u8> {
    let mut body = search();
    change(&mut body);
    compact::encode(&body).expect("written")
}

#[test]
fn what_is_not_in_the_compact_form_is_refused() {
    assert_refused(b"", 400, Code::InvalidCompact, None);
    for version in [0, 2, b'{', 255] {
        let mut bytes = written(|_| ());
        bytes[0] = version;
        assert_refused(&bytes, 400, Code::InvalidCompact, None);
    }
    let mut longer = written(|_| ());
    longer.push(0);
    assert_refused(&longer, 400, Code::InvalidCompact, None);
    let whole = written(|body| body.filter = None);
    for length in 1..whole.len() {
        assert_eq!(refused::<Search>(&whole[..length]).code, Code::InvalidCompact, "{length} bytes");
    }
    assert_refused(&[1, 2], 400, Code::InvalidCompact, Some("query"));
    assert_refused(&[1, 1, 2, 0xff, 0xfe], 400, Code::InvalidUtf8, Some("query"));
}

#[test]
fn lengths_that_are_not_there_take_no_memory() {
    let huge = [253, 255, 255, 255, 255, 255, 255, 255, 255];
    let query = [&[1, 1][..], &huge].concat();
    assert_eq!(refused::<Search>(&query).code, Code::InvalidCompact);
    let queries = [&[1, 0, 1][..], &huge].concat();
    assert_refused(&queries, 422, Code::InvalidField, Some("queries"));
    let values = [&[1, 0, 0, 1, 1, 2, 2][..], &huge].concat();
    assert_refused(&values, 400, Code::InvalidCompact, Some("vectors"));
    let rows = [&[1, 0, 0, 1, 1][..], &huge, &[2, 0]].concat();
    assert!(refused::<Search>(&rows).status().is_client_error());
    let documents = [&[1, 1, 251, 0x10, 0x27][..], &[0; 3]].concat();
    assert_eq!(refused::<UpsertRequest>(&documents).code, Code::InvalidCompact);
}

#[test]
fn values_that_are_not_taken_name_their_field() {
    type Change = fn(&mut SearchBody<'static>);
    let field = |change: Change, field| assert_refused(&written(change), 422, Code::InvalidField, Some(field));
    field(|body| body.k = Some(Whole(0)), "k");
    field(|body| body.k = Some(Whole(1001)), "k");
    field(|body| body.mode = Some("fast".into()), "mode");
    field(|body| body.min_score = Some(f64::NAN), "min_score");
    field(|body| body.recall = Some(f64::NAN), "recall");
    field(|body| body.recall = Some(1.5), "recall");
    field(|body| body.include = Some(List(vec!["title".into()])), "include");
    field(|body| body.query = Some("x".into()), "vectors");
    field(|body| body.vectors = None, "query");
    field(|body| body.queries = Some(List(vec![Text::default(); 33])), "queries");
    let vectors = |rows: u8, width: u8, values: &[f32]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let length = u8::try_from(bytes.len()).expect("short");
        [&[1, 0, 0, 1, 0, rows, width, length][..], &bytes, &[0; 16]].concat()
    };
    match Search::parse(Form::Compact, &vectors(1, 2, &[0.6, 0.8])).expect("accepted").ask {
        Ask::Vectors(matrix) => assert_eq!(matrix.values(), [0.6, 0.8]),
        Ask::Texts { .. } => panic!("texts"),
    }
    for bad in [[f32::NAN, 0.0], [f32::INFINITY, 0.0], [0.5, 0.5], [0.0, 0.0]] {
        assert_refused(&vectors(1, 2, &bad), 422, Code::InvalidField, Some("vectors"));
    }
    assert_refused(&vectors(1, 3, &[0.6, 0.8]), 422, Code::InvalidField, Some("vectors.f32"));
    assert_refused(&vectors(0, 2, &[]), 422, Code::InvalidField, Some("vectors"));
    assert_refused(&[1, 0, 0, 1, 7], 422, Code::InvalidField, Some("vectors"));
    let documents = UpsertBody {
        documents: Some(List(vec![DocumentBody { text: Some("x".into()), ..DocumentBody::default() }; 2])),
    };
    let mut bytes = compact::encode(&documents).expect("written");
    bytes.truncate(bytes.len() - 1);
    bytes.extend([1, 1, b'{']);
    let problem = refused::<UpsertRequest>(&bytes);
    assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some("documents[1].metadata")));
}

#[test]
fn a_problem_is_read_back() {
    let problem = Problem::field("k", "too many");
    let body = ProblemBody::new(&problem, "id");
    let bytes = Form::Compact.write(&body).expect("written");
    assert_eq!(compact::decode_reply::<ProblemBody>(&bytes), Ok(body));
}

proptest! {
    #[test]
    fn no_bytes_are_more_than_a_problem(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [&[1][..], &bytes].concat();
        let _ = Search::parse(Form::Compact, &bytes);
        let _ = UpsertRequest::parse(Form::Compact, &bytes);
        let _ = DeleteRequest::parse(Form::Compact, &bytes);
        let _ = CreateRequest::parse(Form::Compact, &bytes);
        let _ = AnswerAsk::parse(Form::Compact, &bytes);
        let _ = RouteAsk::parse(Form::Compact, &bytes);
        let _ = EncodeAsk::parse(Form::Compact, &bytes);
        let _ = compact::decode_reply::<EncodeReply>(&bytes);
        let _ = compact::decode_reply::<SearchAnswer>(&bytes);
    }

    #[test]
    fn no_change_of_a_search_is_more_than_a_problem(at in 0..60_usize, byte in any::<u8>(), length in 0..80_usize) {
        let mut bytes = written(|body| body.query = None);
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(length);
        let _ = Search::parse(Form::Compact, &bytes);
    }
}

#[test]
fn a_filter_of_null_is_refused_where_json_would_leave_it_out() {
    let null = serde_json::value::to_raw_value(&Value::Null).expect("JSON");
    let search = SearchBody { query: Some("a".into()), filter: Some(Free(&null)), ..SearchBody::default() };
    let written = compact::encode(&search).expect("written");
    let problem = Search::parse(Form::Compact, &written).expect_err("refused");
    assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some("filter")));
    assert!(Search::parse(Form::Json, br#"{"query":"a","filter":null}"#).is_ok());
}
