//! `crag` with pages of the web, from real servers.

use std::io::Write;

use maxsimd_engine::raptor::{Nodes, Raptor, Strategy};
use maxsimd_engine::search::Scope;
use maxsimd_engine::web::{Addresses, FetchLimits, Fetcher, SearxNg};

use super::model_server::{Server, head, json_of};
use super::*;

const PAGE: &str = "<title>On tides</title><h1>Tides</h1><p>The moon makes the tides. Spring tides are high.</p>\
                    <p>Bakers knead dough daily. Cooks boil leek soup.</p>";

/// A server of pages, one that finds them there, and a folder for what is made of them.
struct Net {
    pages: Server,
    search: Server,
    folder: tempfile::TempDir,
}

impl Net {
    /// Finds some paths, each of which has a page or not.
    fn of(paths: &[&str], status: &'static str) -> Self {
        let pages = Server::start(move |_, _, stream| {
            head(stream, status, "text/html")?;
            stream.write_all(PAGE.as_bytes())
        });
        let url =
            |path: &&str| json!({"url": format!("http://{}/{path}", pages.address), "title": "Found", "content": ""});
        let results: Vec<Value> = paths.iter().map(url).collect();
        let search = Server::start(move |_, _, stream| json_of(stream, "200 OK", &json!({"results": results})));
        Self { pages, search, folder: tempfile::tempdir().unwrap() }
    }

    fn fetcher(&self) -> Fetcher {
        Fetcher::new(FetchLimits::default()).allowing(Addresses::PublicAnd(vec![self.pages.address]))
    }

    fn web(&self) -> Web {
        let search = Arc::new(SearxNg::new(&format!("http://{}", self.search.address)).unwrap());
        Web { search, fetcher: self.fetcher(), folder: self.folder.path().to_owned() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.pages.address)
    }

    /// Nothing is left of what was made of pages.
    fn is_clean(&self) -> bool {
        std::fs::read_dir(self.folder.path()).unwrap().next().is_none()
    }
}

/// A collection in which nothing is relevant, and the web.
fn library(web: Option<Web>) -> Library {
    let trees = BuildOptions {
        raptor: Some(Raptor::new(Strategy::Windows, Nodes::Text, 20).unwrap()),
        ..BuildOptions::default()
    };
    let library = Library::built(vec![("library", noise(9))], &trees, 24).judged_by(Judge::of(&[("tides", 4.0)]));
    Library { web: web.map(Arc::new), ..library }
}

/// The same, and the text of a page as it is fetched.
fn online(net: &Net, paths: &[&str]) -> Library {
    let mut library = library(Some(net.web()));
    for path in paths {
        let page = net.fetcher().fetch(&Context::unbounded(), &net.url(path)).unwrap();
        library.texts.insert(("web".to_owned(), page.url), page.text);
    }
    library
}

fn named() -> Named<'static> {
    ("crag", json!({"fallback": "web"}))
}

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
fn a_web_that_gives_nothing_is_told_and_collections_are_asked_in_its_stead() {
    let (empty, broken) = (Net::of(&[], "200 OK"), Net::of(&["a", "b"], "404 Gone"));
    let gone = Net::of(&["tides"], "200 OK");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = Web { search: Arc::new(SearxNg::new(&format!("http://{nobody}")).unwrap()), ..gone.web() };
    let no_folder = Web { folder: gone.folder.path().join("gone"), ..gone.web() };
    let public_only = Web { fetcher: Fetcher::default(), ..gone.web() };
    let cases = [
        (None, "web_missing"),
        (Some(empty.web()), "web_empty"),
        (Some(broken.web()), "web_empty"),
        (Some(unreachable), "web_unreachable"),
        (Some(no_folder), "web_unusable"),
        (Some(public_only), "web_empty"),
    ];
    for (web, reason) in cases {
        let answer = library(web).quote(named(), &sure(QUESTION));
        assert_eq!(degraded(&answer), [("fallback", reason, "collections")]);
        assert!(answer.abstained && steps(&answer, "retrieve").len() == 2, "{reason}");
    }
    let failed = library(Some(broken.web())).quote(named(), &sure(QUESTION));
    assert_eq!(
        step(&failed, "web")["failed"],
        json!([[broken.url("a"), "web_status"], [broken.url("b"), "web_status"]])
    );
    assert!([empty, broken, gone].iter().all(Net::is_clean));
}

#[test]
fn a_page_that_cannot_be_read_is_passed_over() {
    let (net, elsewhere) = (Net::of(&[], "200 OK"), Net::of(&[], "200 OK"));
    // The first page is on a machine that is not asked.
    let results = json!({"results": [{"url": elsewhere.url("tides")}, {"url": net.url("tides")}]});
    let search = Server::start(move |_, _, stream| json_of(stream, "200 OK", &results));
    let mut library = online(&net, &["tides"]);
    let searxng = Arc::new(SearxNg::new(&format!("http://{}", search.address)).unwrap());
    library.web = Some(Arc::new(Web { search: searxng, ..net.web() }));
    let answer = library.quote(named(), &sure(QUESTION));
    assert_eq!((answer.answer.as_str(), degraded(&answer)), ("The moon makes the tides.", vec![]));
    assert_eq!(step(&answer, "web")["failed"], json!([[elsewhere.url("tides"), "web_refused_url"]]));
    assert_eq!((elsewhere.pages.asked(), net.is_clean()), (0, true));
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

#[test]
fn who_gives_up_meanwhile_leaves_nothing_behind() {
    let flag = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let mut net = Net::of(&["tides"], "200 OK");
    net.pages = Server::start(move |_, _, stream| {
        raised.store(true, std::sync::atomic::Ordering::Relaxed);
        head(stream, "200 OK", "text/html")?;
        stream.write_all(PAGE.as_bytes())
    });
    let results = json!({"results": [{"url": net.url("tides")}]});
    net.search = Server::start(move |_, _, stream| json_of(stream, "200 OK", &results));
    let context = Context::unbounded().cancelled_by(flag);
    let given_up = library(Some(net.web())).try_ask(&context, named(), Writer::Quote, &sure(QUESTION), &mut |_| ());
    assert!(matches!(given_up, Err(Error::Cancelled)), "{given_up:?}");
    assert!(net.is_clean());
}
