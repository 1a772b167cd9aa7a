//! Pages that answer.

use maxsimd_engine::keywords::Language;
use maxsimd_engine::search::Scope;

use super::*;

#[test]
fn pages_answer_where_no_passage_is_relevant_and_are_cited_word_for_word() {
    let net = Net::of(&["tides"], "200 OK");
    let library = online(&net, &["tides"]);
    let answer = library.quote(named(), &sure(QUESTION));
    assert_eq!((chosen(&answer), degraded(&answer)), (vec![("grade", "incorrect")], vec![]));
    assert_eq!((answer.answer.as_str(), answer.citations[0].collection.as_str()), ("The moon makes the tides.", "web"));
    assert_eq!(
        (answer.citations[0].document_id.clone(), answer.contexts[0].hit.title.as_str()),
        (net.url("tides"), "On tides")
    );
    assert!(!answer.contexts[0].hit.text.contains("dough"), "cut to the strips that say something");
    let web = step(&answer, "web");
    assert_eq!(
        (&web["provider"], &web["query"], &web["pages"]),
        (&json!("searxng"), &json!("moon makes tides"), &json!([net.url("tides")]))
    );
    assert!(net.is_clean());
    let generator = Scripted::lines(&["moon and tides", "The moon makes the tides."]);
    let written = library.generate(named(), &generator, &sure(QUESTION));
    assert_eq!(
        (step(&written, "web")["query"].as_str(), written.citations[0].collection.as_str()),
        (Some("moon and tides"), "web")
    );
    assert!(generator.prompts()[1].contains("Spring tides are high") && net.is_clean());
}

#[test]
fn the_web_is_not_asked_where_passages_are_relevant_or_no_round_is_left() {
    let net = Net::of(&["tides"], "200 OK");
    let mut library = library(Some(net.web()));
    let request = sure(QUESTION);
    let one = AnswerRequest { budget: Budget { max_iterations: 1, ..request.budget }, ..request.clone() };
    assert!(library.quote(named(), &one).abstained);
    for fallback in ["none", "collections"] {
        assert!(library.quote(("crag", json!({"fallback": fallback})), &request).abstained);
    }
    library.add("tides", documents(), &BuildOptions::default(), 24);
    assert_eq!(chosen(&library.quote(named(), &request)), [("grade", "correct")]);
    assert_eq!((net.search.asked(), net.pages.asked()), (0, 0));
}

#[test]
fn what_is_unsure_is_joined_by_pages() {
    let net = Net::of(&["tides"], "200 OK");
    let mut library = online(&net, &["tides"]).judged_by(Judge::of(&[("tides", 4.0), ("Harbours", -1.0)]));
    library.add("lamps", vec![page("lamps", "Lamps", "Harbours keep lamps at night.")], &BuildOptions::default(), 24);
    let answer = library.quote(("crag", json!({"fallback": "web", "refine": "none"})), &sure(QUESTION));
    assert_eq!(chosen(&answer), [("grade", "ambiguous")]);
    let mut collections: Vec<&str> = answer.contexts.iter().map(|found| found.collection.as_str()).collect();
    collections.dedup();
    assert_eq!((collections[0], collections.last()), ("lamps", Some(&"web")));
    assert!(answer.answer.starts_with("The moon makes the tides.") && net.is_clean());
}

#[test]
fn pages_have_no_trees_and_are_looked_for_as_they_are() {
    let net = Net::of(&["tides"], "200 OK");
    let library = online(&net, &["tides"]);
    for scope in [Scope::Passages, Scope::Summaries, Scope::All] {
        let answer = library.quote(named(), &AnswerRequest { scope, ..sure(QUESTION) });
        assert_eq!((answer.answer.as_str(), degraded(&answer)), ("The moon makes the tides.", vec![]), "{scope}");
    }
}

#[test]
fn words_of_pages_are_those_of_the_collections_language() {
    let pages = Server::start(|_, _, stream| {
        head(stream, "200 OK", "text/plain")?;
        stream.write_all(b"Der Mond macht alle Gezeiten.")
    });
    let url = format!("http://{}/gezeiten", pages.address);
    let results = json!({"results": [{"url": url}]});
    let search = Server::start(move |_, _, stream| json_of(stream, "200 OK", &results));
    let net = Net { pages, search, folder: tempfile::tempdir().unwrap() };
    let options = BuildOptions { language: Language::German, ..BuildOptions::default() };
    let library = Library::built(vec![("library", noise(4))], &options, 24).judged_by(Judge::of(&[("Gezeiten", 4.0)]));
    let mut library = Library { web: Some(Arc::new(net.web())), ..library };
    library.texts.insert(("web".to_owned(), url), "Der Mond macht alle Gezeiten.".to_owned());
    let answer = library.quote(named(), &sure("Gezeit Mondes"));
    assert_eq!(answer.answer, "Der Mond macht alle Gezeiten.");
    // All of its words, though they end otherwise.
    assert_eq!(answer.decision.signals.words, 1.0);
}

#[test]
fn long_addresses_and_many_pages_are_no_trouble() {
    let long = "x".repeat(1900);
    let paths: Vec<String> = (0..9).map(|n| format!("page-{n}")).chain([long]).rev().collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let net = Net::of(&paths, "200 OK");
    let library = online(&net, &paths);
    let asked = net.pages.asked();
    let answer = library.quote(named(), &sure(QUESTION));
    assert_eq!((answer.answer.as_str(), degraded(&answer)), ("The moon makes the tides.", vec![]));
    assert_eq!((net.pages.asked() - asked, net.is_clean()), (5, true), "so many are read and no more");
}
