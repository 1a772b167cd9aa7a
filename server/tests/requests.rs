//! Bodies of search requests: what is accepted means what it says, what is not is refused by name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maxsimd_engine::search::Mode;
use maxsimd_server::error::Problem;
use maxsimd_server::wire::{Ask, Form, Include, Request, Search};

fn refused(body: impl AsRef<[u8]>) -> Problem {
    let body = body.as_ref();
    match Search::parse(Form::Json, body) {
        Err(problem) => problem,
        Ok(search) => panic!("{} was accepted as {search:?}", String::from_utf8_lossy(&body[..body.len().min(200)])),
    }
}

#[track_caller]
fn assert_refused(body: impl AsRef<[u8]>, status: u16, code: &str, field: Option<&str>) {
    let problem = refused(body);
    let found = (problem.status().as_u16(), problem.code.name(), problem.field.as_deref());
    assert_eq!(found, (status, code, field), "{}", problem.detail);
}

fn vectors(body: &str) -> (usize, Vec<f32>) {
    match Search::parse(Form::Json, body.as_bytes()).expect("accepted").ask {
        Ask::Vectors(matrix) => (matrix.width(), matrix.values().to_vec()),
        Ask::Texts { texts, .. } => panic!("texts {texts:?}"),
    }
}

#[test]
fn defaults_apply_to_what_is_absent_or_null() {
    for body in [r#"{"query":"x"}"#, r#"{"query":"x","k":null,"mode":null,"vectors":null,"include":null}"#] {
        let search = Search::parse(Form::Json, body.as_bytes()).expect("accepted");
        assert_eq!(
            (search.options.k, search.options.mode, search.options.min_score, search.options.explain),
            (10, Mode::Late, None, false)
        );
        assert_eq!((search.options.include, search.options.deadline), (Include::ALL, None));
        assert_eq!((search.options.recall, search.options.certified), (None, false));
    }
}

#[test]
fn every_field_is_taken_over() {
    let body = br#"{"queries":["a \u00e9","b"],"k":1000,"mode":"exact","scope":"all","min_score":-1.5,"explain":true,
                    "deadline_ms":600000,"include":["metadata"],"recall":0.95,"certified":true}"#;
    let search = Search::parse(Form::Json, body).expect("accepted");
    let Ask::Texts { texts, .. } = search.ask else { panic!("vectors") };
    assert_eq!(texts, ["a é", "b"]);
    assert_eq!(
        (search.options.k, search.options.mode, search.options.min_score, search.options.explain),
        (1000, Mode::Exact, Some(-1.5), true)
    );
    assert_eq!(search.options.include, Include { text: false, metadata: true });
    assert_eq!(search.options.deadline.map(|d| d.as_secs()), Some(600));
    assert_eq!((search.options.recall, search.options.certified), (Some(0.95), true));
}

#[test]
fn the_three_forms_of_vectors_mean_the_same() {
    let values = [0.5f32, -0.5, 0.70703125, 0.0, 0.125, -0.9921875];
    let f32s: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let f16s: Vec<u8> = values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
    let expected = (3, values.to_vec());
    assert_eq!(vectors(r#"{"vectors":[[0.5,-0.5,0.70703125],[0,1.25e-1,-0.9921875]]}"#), expected);
    assert_eq!(vectors(&format!(r#"{{"vectors":{{"f32":"{}","shape":[2,3]}}}}"#, STANDARD.encode(f32s))), expected);
    assert_eq!(vectors(&format!(r#"{{"vectors":{{"shape":[2,3],"f16":"{}"}}}}"#, STANDARD.encode(f16s))), expected);
}

#[test]
fn vectors_that_are_not_normalised_are_refused_by_row() {
    let two = |length: f32| {
        let bytes: Vec<u8> = [0.6_f32, 0.8, 0.0, length].iter().flat_map(|v| v.to_le_bytes()).collect();
        STANDARD.encode(bytes)
    };
    for length in [0.0, 0.5, 1.5, f32::MAX] {
        assert_refused(format!(r#"{{"vectors":[[0.6,0.8],[0,{length}]]}}"#), 422, "invalid_field", Some("vectors"));
        let form = format!(r#"{{"vectors":{{"f32":"{}","shape":[2,2]}}}}"#, two(length));
        assert_refused(&form, 422, "invalid_field", Some("vectors"));
    }
}

#[test]
fn exactly_one_thing_is_searched_for() {
    assert_refused("{}", 422, "invalid_field", Some("query"));
    assert_refused(r#"{"k":3}"#, 422, "invalid_field", Some("query"));
    assert_refused(r#"{"query":"x","queries":["y"]}"#, 422, "invalid_field", Some("queries"));
    assert_refused(r#"{"query":"x","vectors":[[1]]}"#, 422, "invalid_field", Some("vectors"));
    assert_refused(r#"{"queries":["x"],"vectors":[[1]]}"#, 422, "invalid_field", Some("vectors"));
}

#[test]
fn nothing_is_not_searched_for() {
    for empty in ["", " ", "\\n\\t "] {
        assert_refused(format!(r#"{{"query":"{empty}"}}"#), 422, "invalid_field", Some("query"));
        assert_refused(format!(r#"{{"queries":["x","{empty}"]}}"#), 422, "invalid_field", Some("queries[1]"));
    }
    assert_refused(r#"{"queries":[]}"#, 422, "invalid_field", Some("queries"));
    assert_refused(r#"{"vectors":[]}"#, 422, "invalid_field", Some("vectors"));
    assert_refused(r#"{"vectors":[[]]}"#, 422, "invalid_field", Some("vectors[0]"));
    assert_refused(r#"{"vectors":{"f16":"","shape":[0,4]}}"#, 422, "invalid_field", Some("vectors"));
}

#[test]
fn numbers_out_of_range_or_of_the_wrong_kind_name_their_field() {
    for k in ["0", "-1", "1.5", "1001", "1000000000", "1e9", "1e1", "\"10\"", "true", "[1]", "-0.0"] {
        assert_refused(format!(r#"{{"query":"x","k":{k}}}"#), 422, "invalid_field", Some("k"));
    }
    assert_refused(r#"{"query":"x","k":99999999999999999999999}"#, 422, "invalid_field", Some("k"));
    for deadline in ["0", "600001", "-5", "1e3"] {
        let body = format!(r#"{{"query":"x","deadline_ms":{deadline}}}"#);
        assert_refused(body, 422, "invalid_field", Some("deadline_ms"));
    }
    assert_refused(r#"{"query":"x","min_score":1e300}"#, 422, "invalid_field", Some("min_score"));
    assert_refused(r#"{"query":"x","min_score":"1"}"#, 422, "invalid_field", Some("min_score"));
    for recall in ["0", "0.0", "-0.0", "-1", "1.0000001", "2", "1e300"] {
        assert_refused(format!(r#"{{"query":"x","recall":{recall}}}"#), 422, "invalid_field", Some("recall"));
    }
}

#[test]
fn wrong_types_name_their_field() {
    for (field, value) in [
        ("query", "1"),
        ("queries", "\"x\""),
        ("vectors", "\"x\""),
        ("explain", "1"),
        ("include", "{}"),
        ("recall", "\"1\""),
        ("certified", "0"),
    ] {
        assert_refused(format!(r#"{{"{field}":{value}}}"#), 422, "invalid_field", Some(field));
    }
    assert_refused(r#"{"queries":["x",7]}"#, 422, "invalid_field", Some("queries[1]"));
    assert_refused(r#"{"vectors":[[1,"a"]]}"#, 422, "invalid_field", Some("vectors[0][1]"));
    assert_refused(r#"{"vectors":[[1,null]]}"#, 422, "invalid_field", Some("vectors[0][1]"));
    assert_refused(r#"{"vectors":[1]}"#, 422, "invalid_field", Some("vectors[0]"));
}

#[test]
fn vectors_that_do_not_hang_together_are_refused() {
    assert_refused(r#"{"vectors":[[1,2],[1]]}"#, 422, "invalid_field", Some("vectors[1]"));
    assert_refused(r#"{"vectors":[[1],[1,2]]}"#, 422, "invalid_field", Some("vectors[1]"));
    assert_refused(r#"{"vectors":[[1e39]]}"#, 422, "invalid_field", Some("vectors"));
    let nan = STANDARD.encode(f32::NAN.to_le_bytes());
    assert_refused(format!(r#"{{"vectors":{{"f32":"{nan}","shape":[1,1]}}}}"#), 422, "invalid_field", Some("vectors"));
    assert_refused(r#"{"vectors":{"f16":"AAAA","shape":[1,1]}}"#, 422, "invalid_field", Some("vectors.f16"));
    assert_refused(r#"{"vectors":{"f16":"?","shape":[1,1]}}"#, 422, "invalid_field", Some("vectors.f16"));
    assert_refused(
        r#"{"vectors":{"f16":"AAA=","f32":"AAAAAA==","shape":[1,1]}}"#,
        422,
        "invalid_field",
        Some("vectors"),
    );
    let huge = r#"{"vectors":{"f16":"AAA=","shape":[18446744073709551615,18446744073709551615]}}"#;
    assert_refused(huge, 422, "invalid_field", Some("vectors.shape"));
    assert_refused(r#"{"vectors":{"f16":"AAA=","shape":[-1,1]}}"#, 422, "invalid_field", Some("vectors.shape[0]"));
    let rows = vec!["[1]"; 513].join(",");
    assert_refused(format!(r#"{{"vectors":[{rows}]}}"#), 422, "invalid_field", Some("vectors[512]"));
}

#[test]
fn fields_that_do_not_exist_or_are_repeated_are_refused() {
    assert_refused(r#"{"query":"x","limit":5}"#, 422, "unknown_field", Some("limit"));
    assert_refused(r#"{"query":"x","K":5}"#, 422, "unknown_field", Some("K"));
    assert_refused(r#"{"query":"x","k":1,"k":2}"#, 422, "duplicate_field", Some("k"));
    assert_refused(r#"{"query":"x","\u006b":1,"k":null}"#, 422, "duplicate_field", Some("k"));
}

#[test]
fn what_this_release_cannot_do_is_said() {
    assert_refused(r#"{"query":"x","mode":"fast"}"#, 422, "invalid_field", Some("mode"));
    assert_refused(r#"{"query":"x","scope":"x"}"#, 422, "invalid_field", Some("scope"));
    assert_refused(r#"{"query":"x","mode":"hybrid","fusion":"sum"}"#, 422, "invalid_field", Some("fusion"));
    assert_refused(r#"{"query":"x","strategy":"down"}"#, 422, "invalid_field", Some("strategy"));
    assert_refused(r#"{"query":"x","per_layer":3}"#, 422, "invalid_field", Some("per_layer"));
    assert_refused(r#"{"query":"x","strategy":"traversal","per_layer":0}"#, 422, "invalid_field", Some("per_layer"));
    assert_refused(r#"{"query":"x","fold":"twice"}"#, 422, "invalid_field", Some("fold"));
    assert_refused(r#"{"query":"x","include":["title"]}"#, 422, "invalid_field", Some("include"));
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    for broken in [
        "",
        " ",
        "{",
        "nonsense",
        r#"{"query":"x"} x"#,
        r#"{"query":"x"}{}"#,
        r#"{"query":NaN}"#,
        r#"{"query":"\ud800"}"#,
    ] {
        assert_eq!((refused(broken).status().as_u16(), refused(broken).code.name()), (400, "invalid_json"), "{broken}");
    }
    for other in ["[]", "null", "\"query\"", "1", r#"["x"]"#] {
        assert_refused(other, 400, "invalid_request", None);
    }
    assert_refused(b"{\"query\":\"\xff\xfe\"}", 400, "invalid_utf8", None);
    assert_refused(b"\x80", 400, "invalid_utf8", None);
}

#[test]
fn deep_nesting_ends_neither_the_stack_nor_the_patience() {
    let deep = "[".repeat(1_000_000);
    assert!(refused(&deep).status().is_client_error());
    for field in ["query", "vectors", "queries", "filter", "no_such_field", "k"] {
        assert!(refused(format!(r#"{{"{field}":{deep}"#)).status().is_client_error(), "{field}");
        let closed = format!(r#"{{"{field}":{deep}{}}}"#, "]".repeat(1_000_000));
        assert!(refused(closed).status().is_client_error(), "{field}");
    }
    let objects = r#"{"filter":"#.repeat(200_000);
    assert!(refused(objects).status().is_client_error());
}

#[test]
fn long_lists_and_texts_are_refused() {
    let many = vec!["\"x\""; 33].join(",");
    assert_refused(format!(r#"{{"queries":[{many}]}}"#), 422, "invalid_field", Some("queries"));
    let long = "x".repeat(32 * 1024 + 1);
    assert_refused(format!(r#"{{"query":"{long}"}}"#), 422, "invalid_field", Some("query"));
    let unknown = refused(format!(r#"{{"{long}":1}}"#));
    assert!(unknown.detail.len() < 1000, "a reply does not repeat what the client sent at length");
}
