//! Pages that are read, and those that are none, stall or flood.

use maxsimd_engine::TextFormat;
use maxsimd_engine::web::Page;

use super::*;

fn fetch(server: &Server) -> Result<Page, WebError> {
    fetcher(&[server]).fetch(&within(20), &at(server, "page"))
}

#[test]
fn a_page_is_its_title_and_text() {
    let html = "<html><head><title>The\n Moon</title><script>no()</script></head><body><nav>Home</nav>\
        <h1>Tides</h1><p>It pulls.\u{1b}[0m<p hidden>no</p></body>";
    let server = serve("Text/HTML; charset=utf-8", html);
    let page = fetch(&server).unwrap();
    let Page { url, title, text, format } = &page;
    assert_eq!((title.as_str(), text.as_str()), ("The Moon", "# Tides\n\nIt pulls.[0m"));
    assert_eq!((url, *format), (&at(&server, "page"), TextFormat::Markdown));
    let (request, _) = server.requests.lock().unwrap()[0].clone();
    let request = request.to_lowercase();
    assert!(request.starts_with("get /page http/1.1"), "{request}");
    assert!(request.contains(concat!("user-agent: maxsimd/", env!("CARGO_PKG_VERSION"))), "{request}");
    assert!(!request.contains("cookie") && !request.contains("authorization"), "{request}");
}

#[test]
fn plain_text_is_taken_as_it_is_and_named_after_its_machine() {
    let page = fetch(&serve("text/plain", "# one\r\ntwo\0\u{85}\n")).unwrap();
    assert_eq!((page.text.as_str(), page.format), ("# one\ntwo", TextFormat::Plain));
    assert_eq!(page.title, "127.0.0.1");
}

#[test]
fn old_encodings_are_read_as_declared() {
    let latin = b"<meta charset=iso-8859-1><title>K\xe4se</title>gr\xfcn".to_vec();
    let page = fetch(&serve("text/html", latin.clone())).unwrap();
    assert_eq!((page.title.as_str(), page.text.as_str()), ("Käse", "grün"));
    // Whose machine says otherwise; what cannot be read is replaced.
    let page = fetch(&serve("text/html;charset=UTF-8", latin)).unwrap();
    assert_eq!(page.text, "gr\u{fffd}n");
}

#[test]
fn redirects_are_followed_to_the_page_that_they_end_at() {
    let server = Server::start(|number, _, stream| {
        let to = ["/b/c?d#e", "../f", "?g", "//127.0.0.1:PORT/h", "i", ""];
        let to = to[number].replace("PORT", &stream.local_addr()?.port().to_string());
        match number {
            5 => {
                head(stream, "200 OK", "text/plain")?;
                stream.write_all(b"there")
            }
            _ => head(stream, &format!("30{} Go\r\nset-cookie: a=b\r\nlocation: {to}", [1, 2, 3, 7, 8][number]), ""),
        }
    });
    let page = fetcher(&[&server]).fetch(&within(20), &at(&server, "a")).unwrap();
    assert_eq!((page.url, page.text.as_str()), (at(&server, "i"), "there"));
    let paths: Vec<_> = server.requests.lock().unwrap().iter().map(|(head, _)| head.to_lowercase()).collect();
    let firsts = ["/a ", "/b/c?d ", "/f ", "/f?g ", "/h ", "/i "];
    for (path, first) in paths.iter().zip(firsts) {
        assert!(path.starts_with(&format!("get {first}")) && !path.contains("cookie"), "{path}");
    }
}

#[test]
fn redirects_that_go_round_or_nowhere_end() {
    let server = Server::start(|_, _, stream| head(stream, "302 Go\r\nlocation: /page", "text/html"));
    assert!(matches!(fetch(&server), Err(WebError::TooManyRedirects { most: 5, .. })));
    assert_eq!(server.asked(), 6);
    let server = Server::start(|_, _, stream| head(stream, "302 Go", "text/html"));
    assert!(matches!(fetch(&server), Err(WebError::BadReply { .. })));
    for to in
        ["http://", "http://[::1", "ftp://a.example/", "file:///etc/passwd", "javascript:1", "http://u:p@a.example/"]
    {
        let server = Server::start(move |_, _, stream| head(stream, &format!("302 Go\r\nlocation: {to}"), "text/html"));
        let result = fetch(&server);
        assert!(matches!(result, Err(WebError::RefusedUrl { .. })), "{to}: {result:?}");
    }
    // An endless body comes along.
    let server = Server::start(|number, _, stream| {
        if number > 0 {
            head(stream, "200 OK", "text/plain")?;
            return stream.write_all(b"there");
        }
        head(stream, "302 Go\r\nlocation: /there", "text/html")?;
        loop {
            stream.write_all(&[b'x'; 4096])?;
        }
    });
    assert_eq!(fetch(&server).unwrap().text, "there");
}

#[test]
fn what_is_no_page_is_not_read() {
    for kind in ["application/pdf", "image/png", "text/html-sandboxed", "application/json", ""] {
        let result = fetch(&serve(kind, "<p>text"));
        assert!(matches!(result, Err(WebError::WrongKind { .. })), "{kind}: {result:?}");
    }
    for status in ["404 No", "500 Oh", "204 Nothing", "300 Choose", "304 Same", "100 On\r\n\r\nHTTP/1.1 403 No"] {
        let server = Server::start(move |_, _, stream| head(stream, status, "text/html"));
        let result = fetch(&server);
        assert!(matches!(result, Err(WebError::Status { .. })), "{status}: {result:?}");
    }
    for empty in ["", " \n", "<html><script>app()</script>", "<p hidden>no"] {
        assert!(matches!(fetch(&serve("text/html", empty)), Err(WebError::Empty { .. })), "{empty}");
    }
    // Nothing packed was asked for: what it would become is not known.
    let server = Server::start(|_, _, stream| {
        head(stream, "200 OK\r\ncontent-encoding: gzip", "text/html")?;
        stream.write_all(b"\x1f\x8b\x08\0\0\0\0\0")
    });
    assert!(matches!(fetch(&server), Err(WebError::BadReply { .. })));
    let server = Server::start(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 100\r\n\r\nhalf")
    });
    assert!(matches!(fetch(&server), Err(WebError::BadReply { .. })));
}

#[test]
fn a_page_without_end_is_not_read_to_its_end() {
    let server = Server::start(|_, _, stream| {
        head(stream, "200 OK", "text/html")?;
        loop {
            stream.write_all(&[b'x'; 4096])?;
        }
    });
    assert!(matches!(fetch(&server), Err(WebError::TooLarge { most: 0x20_0000, .. })));
    let (server, _) = stalled("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2097153\r\n\r\n");
    assert!(matches!(fetch(&server), Err(WebError::TooLarge { .. })));
    let chunks = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\nffffffffff\r\nx";
    let server = Server::start(move |_, _, stream| {
        stream.write_all(chunks.as_bytes())?;
        loop {
            stream.write_all(&[b'x'; 4096])?;
        }
    });
    let result = fetch(&server);
    assert!(matches!(result, Err(WebError::TooLarge { .. } | WebError::BadReply { .. })), "{result:?}");
    let server = serve("text/plain", "ä".repeat(100));
    let limits = FetchLimits { text_bytes: 99, ..FetchLimits::default() };
    assert_eq!(limited(&[&server], limits).fetch(&within(20), &at(&server, "")).unwrap().text, "ä".repeat(49));
}

#[test]
fn endless_headers_are_no_reply() {
    let server = Server::start(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            stream.write_all(b"x-more: and more and more and more\r\n")?;
        }
    });
    let result = fetch(&server);
    assert!(matches!(result, Err(WebError::BadReply { .. })), "{result:?}");
}

#[test]
fn pages_that_nest_without_end_are_read() {
    let html = format!("{}deep{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(fetch(&serve("text/html", html)).unwrap().text, "deep");
}

#[test]
fn a_page_that_stalls_or_drips_ends_by_whichever_limit_is_nearer() {
    let drip = |_: usize, _: &serde_json::Value, stream: &mut TcpStream| {
        head(stream, "200 OK", "text/html")?;
        loop {
            stream.write_all(b"x")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let (silent, _) = stalled("");
    let (half, _) = stalled("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<p>half");
    for server in [&silent, &half, &Server::start(drip)] {
        let url = at(server, "");
        assert_eq!(fetcher(&[server]).fetch(&within(1), &url), Err(WebError::Deadline));
        let limits = FetchLimits { time: Duration::from_millis(300), ..FetchLimits::default() };
        let slow = WebError::Slow { from: "127.0.0.1".to_owned(), after: limits.time };
        assert_eq!(limited(&[server], limits).fetch(&within(60), &url), Err(slow));
    }
}

#[test]
fn redirects_share_the_time_of_their_page() {
    let server = Server::start(|number, _, stream| {
        std::thread::sleep(Duration::from_millis(200));
        head(stream, &format!("302 Go\r\nlocation: /{number}"), "text/html")
    });
    let limits = FetchLimits { time: Duration::from_secs(1), redirects: u32::MAX, ..FetchLimits::default() };
    let result = limited(&[&server], limits).fetch(&within(60), &at(&server, ""));
    assert!(matches!(result, Err(WebError::Slow { .. })), "{result:?}");
}

#[test]
fn whoever_gives_up_hangs_up() {
    let error = given_up(|context, server| fetcher(&[server]).fetch(context, &at(server, "")));
    assert_eq!(error, Some(WebError::Cancelled));
    let (server, hung_up) = stalled("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<p>half");
    assert_eq!(fetcher(&[&server]).fetch(&within(1), &at(&server, "")), Err(WebError::Deadline));
    let patience = Instant::now() + Duration::from_secs(20);
    while !hung_up.load(Ordering::Relaxed) {
        assert!(Instant::now() < patience, "the server still waits");
        std::thread::sleep(Duration::from_millis(5));
    }
    let cancelled = Context::unbounded().cancelled_by(Arc::new(AtomicBool::new(true)));
    assert_eq!(fetcher(&[&server]).fetch(&cancelled, &at(&server, "")), Err(WebError::Cancelled));
    assert_eq!(server.asked(), 1);
}
