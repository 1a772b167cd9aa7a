//! Connections that are cut, and servers that continue, or do not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::repository::{Repository, part};
use super::server::{Asked, Reply, Server};
use super::{Place, files_of, serve, serve_but};

const FILE: &str = "model.safetensors";

fn ranges(server: &Server) -> Vec<Option<String>> {
    let of_file = |asked: &Asked| asked.path.ends_with(FILE) && !asked.path.contains("Dense");
    let asked = server.take_asked().into_iter().filter(of_file);
    asked.map(|asked| asked.header("range").map(str::to_owned)).collect()
}

fn is_whole(place: &Place) -> bool {
    place.file(FILE) == Repository::checkpoint().files[FILE]
}

/// Cuts the first connection after 7,000 bytes.
fn cut_once(then: fn(&[u8], &Asked) -> Reply) -> Server {
    serve_but(FILE, move |asked, content| match asked.header("range") {
        None => Reply::new(200, content).cut_after(7000),
        Some(_) => then(content, asked),
    })
}

#[test]
fn a_file_goes_on_where_the_connection_was_cut() {
    let server = cut_once(part);
    let place = Place::new(&server);
    place.pull().unwrap();
    assert_eq!(ranges(&server), [None, Some("bytes=7000-".to_owned())]);
    assert!(is_whole(&place));
}

#[test]
fn a_later_pull_goes_on_where_an_earlier_one_ended_and_asks_for_no_file_twice() {
    let server = cut_once(part);
    let mut place = Place::new(&server);
    place.settings.patience.tries = 1;
    let error = place.refusal();
    assert!(error.contains("7000 of") && error.contains("goes on from there"), "{error}");
    let before = files_of(&server.asked());
    assert_eq!(ranges(&server), [None]);
    place.pull().unwrap();
    let after = files_of(&server.asked());
    assert!(before.iter().filter(|name| *name != FILE).all(|name| !after.contains(name)), "{before:?} {after:?}");
    assert_eq!(ranges(&server), [Some("bytes=7000-".to_owned())]);
    assert!(is_whole(&place));
}

#[test]
fn a_server_that_ignores_the_range_sends_the_file_from_its_start() {
    let server = cut_once(|content, _| Reply::new(200, content));
    let place = Place::new(&server);
    place.pull().unwrap();
    assert_eq!(ranges(&server), [None, Some("bytes=7000-".to_owned())]);
    assert!(is_whole(&place));
}

#[test]
fn a_range_that_is_another_or_refused_is_not_appended() {
    let wrong: [fn(&[u8], &Asked) -> Reply; 3] = [
        |content, _| {
            Reply::new(206, &content[10..])
                .with("content-range", format!("bytes 10-{0}/{1}", content.len() - 1, content.len()))
        },
        |content, _| Reply::new(206, content),
        |_, _| Reply::new(416, "").with("content-range", "bytes */1"),
    ];
    for reply in wrong {
        let count = AtomicUsize::new(0);
        let server = serve_but(FILE, move |asked, content| match asked.header("range") {
            Some(_) => reply(content, asked),
            None if count.fetch_add(1, Ordering::Relaxed) == 0 => Reply::new(200, content).cut_after(7000),
            None => Reply::new(200, content),
        });
        let place = Place::new(&server);
        place.pull().unwrap();
        assert_eq!(ranges(&server), [None, Some("bytes=7000-".to_owned()), None]);
        assert!(is_whole(&place));
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(30));
        Reply::new(200, "")
    });
    let mut place = Place::new(&server);
    place.settings.patience.silence = Duration::from_millis(50);
    let error = place.refusal();
    assert!(error.contains("timeout") && error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn an_empty_file_is_a_file() {
    let server =
        serve(Repository::new('d', &[("onnx_config.json", b""), ("model.onnx", b""), ("tokenizer.json", b"")]));
    let place = Place::new(&server);
    place.pull().unwrap();
    assert_eq!(place.file("model.onnx"), b"");
}
