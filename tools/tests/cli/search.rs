//! `search`: the shape of a reply, and that what the fixtures say is found.

use serde_json::Value;

use super::shared;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_reply_in_json_has_the_daemons_shape() {
    let reply = shared().run("search", &["-k", "3", "--json", "why rotate vectors?"]).json();
    assert_eq!(keys(&reply), ["certified", "degraded", "generation", "hits", "partial", "timings"]);
    assert_eq!(reply["generation"], 1);
    assert_eq!(reply["degraded"], Value::Array(Vec::new()));
    assert_eq!(reply["partial"], false);
    assert!(reply["timings"]["encode_us"].as_u64().unwrap() > 0);
    let hits = reply["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 3);
    let scores: Vec<f64> = hits.iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    for hit in hits {
        let names =
            ["document_id", "end", "heading", "kind", "layer", "metadata", "passage_id", "query", "score", "start"];
        assert_eq!(keys(hit), [&names[..], &["text", "title", "tokens"]].concat());
        assert_eq!((&hit["kind"], &hit["layer"]), (&"passage".into(), &0.into()));
        let document = hit["document_id"].as_str().unwrap();
        assert!(hit["passage_id"].as_str().unwrap().starts_with(&format!("{document}#")));
        let (start, end) = (hit["start"].as_u64().unwrap(), hit["end"].as_u64().unwrap());
        assert_eq!(end - start, hit["text"].as_str().unwrap().len() as u64);
    }
}

#[test]
fn a_passage_is_the_byte_range_of_its_document_that_it_says() {
    let reply = shared().run("search", &["--json", "unpack nothing, score the compressed vectors"]).json();
    let markdown = reply["hits"].as_array().unwrap().iter().filter(|hit| hit["metadata"]["type"] == "markdown");
    let mut compared = 0;
    for hit in markdown {
        let path = super::fixtures("corpus") + "/" + hit["document_id"].as_str().unwrap();
        let (start, end) = (hit["start"].as_u64().unwrap() as usize, hit["end"].as_u64().unwrap() as usize);
        assert_eq!(std::fs::read_to_string(path).unwrap()[start..end], *hit["text"].as_str().unwrap());
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn explanations_name_a_match_for_every_query_token() {
    let reply = shared().run("search", &["-k", "1", "--json", "--explain", "late interaction"]).json();
    let hit = &reply["hits"][0];
    let matches = hit["explain"].as_array().unwrap();
    assert_eq!(matches.len(), 4);
    // [CLS], late, interaction, [SEP]
    let begins: Vec<Option<u64>> = matches.iter().map(|m| m["query_at"].as_u64()).collect();
    assert_eq!(begins, [None, Some(0), Some(5), None]);
    for (found, word) in matches[1..3].iter().zip(["late", "interaction"]) {
        let part = hit[found["part"].as_str().unwrap()].as_str().unwrap();
        let at = usize::try_from(found["at"].as_u64().unwrap()).unwrap();
        assert!(part[at..].to_lowercase().starts_with(word), "{found} in {part}");
    }
    let sum: f64 = matches.iter().map(|m| m["score"].as_f64().unwrap()).sum();
    assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-3);
    assert!(reply["explain"]["kernel"].is_string());
}

#[test]
fn facts_in_word_pdf_and_html_files_are_found() {
    let facts = [
        ("How many megabytes may memory increase during the long endurance run?", "release-checklist.docx", "24 MiB"),
        ("What is the maximum passage size that Larkspur-48 reads before it truncates?", "encoder-datasheet.pdf", ""),
        ("Which scanner problem made the harbour archive's slowest searches slower?", "field-notes.html", "scanner"),
    ];
    for (question, document, text) in facts {
        let reply = shared().run("search", &["-k", "1", "--json", question]).json();
        assert_eq!(reply["hits"][0]["document_id"], document, "{question}");
        assert!(reply["hits"][0]["text"].as_str().unwrap().contains(text), "{question}");
    }
}

#[test]
fn a_reply_for_people_shows_ranks_places_and_times() {
    let found = shared().run("search", &["-k", "2", "--mode", "exhaustive", "bits and levels"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.starts_with("  1. ") && found.out.contains("\n  2. ") && !found.out.contains("\n  3. "));
    assert!(found.out.contains("passages scored by"), "{}", found.out);
    assert!(found.out.ends_with("certified: every passage was scored\n"), "{}", found.out);
}

#[test]
fn a_search_that_asks_for_certainty_finds_what_exhaustive_finds() {
    let query = "bits and levels";
    let exhaustive = shared().run("search", &["--json", "--mode", "exhaustive", query]).json();
    for asked in [&["--certified"][..], &["--recall", "1"], &["--recall", "0.5", "--certified"]] {
        let reply = shared().run("search", &[&["--json", query], asked].concat()).json();
        assert_eq!((&reply["certified"], &reply["hits"]), (&true.into(), &exhaustive["hits"]), "{asked:?}");
        assert_eq!(reply["degraded"], Value::Array(Vec::new()), "{asked:?}");
    }
}

#[test]
fn filters_and_words_narrow_and_rank_as_the_daemon_does() {
    let filter = ["-k", "50", "--json", "--filter", "type='pdf' or type = \"html\""];
    for mode in ["late", "bm25", "hybrid"] {
        let reply = shared().run("search", &[&filter[..], &["--mode", mode, "scanner maximum"]].concat()).json();
        assert_eq!(reply["applied_filter"], "type = \"pdf\" or type = \"html\"");
        let types: Vec<&Value> = reply["hits"].as_array().unwrap().iter().map(|hit| &hit["metadata"]["type"]).collect();
        assert!(!types.is_empty() && types.iter().all(|kind| *kind == "pdf" || *kind == "html"), "{mode} {types:?}");
    }
    let shown = shared().run("search", &["--mode", "hybrid", "-k", "1", "--filter", "exists(type)", "SIGBUS"]);
    assert!(shown.out.contains(", bm25 1 (") && shown.out.contains("pass the filter exists(type)"), "{}", shown.out);
}

#[test]
fn a_filter_that_makes_no_sense_is_explained() {
    for (filter, say) in [("typo = 1", "type"), ("type >", "byte 6"), ("1=1; drop", "byte 0"), ("{\"x\"", "filter")] {
        let refused = shared().run("search", &["--filter", filter, "x"]);
        assert!(refused.code != 0 && refused.err.contains(say), "{filter}: {}", refused.err);
    }
}
