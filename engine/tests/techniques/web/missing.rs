//! A web that gives nothing.

use super::*;

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
