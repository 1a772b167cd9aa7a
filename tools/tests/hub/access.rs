//! Who may read, where the token goes, and what a busy or absent hub is told.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use maxsimd_tools::hub::Settings;

use super::repository::{NAME, Repository};
use super::server::{Asked, Reply, Server};
use super::support::path_text;
use super::{Place, SECRET, serve, serve_but};

#[test]
fn the_token_goes_to_the_endpoint_and_not_where_it_redirects_to() {
    let repository = Repository::checkpoint();
    let elsewhere = {
        let repository = repository.clone();
        Server::start(move |asked| {
            let path = asked.path.split('?').next().unwrap().to_owned();
            repository.answer(&Asked { path, ..asked.clone() })
        })
    };
    let target = elsewhere.url.clone();
    let server = Server::start(move |asked| match asked.path.ends_with("safetensors") {
        true => Reply::redirect(format!("{target}{}?Signature=s1gn", asked.path)),
        false => repository.answer(asked),
    });
    let place = Place::new(&server);
    place.pull().unwrap();
    let bearer = format!("Bearer {SECRET}");
    assert!(server.asked().iter().all(|asked| asked.header("authorization") == Some(&bearer)));
    let asked = elsewhere.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| !format!("{asked:?}").contains(SECRET)), "{asked:?}");
}

#[test]
fn a_signature_in_a_redirect_is_not_shown() {
    let elsewhere = Server::start(|_| Reply::new(403, ""));
    let target = format!("{}/x?Signature=s1gn", elsewhere.url);
    let server = serve_but("model.safetensors", move |_, _| Reply::redirect(target.clone()));
    let error = Place::new(&server).refusal();
    assert!(error.contains(&elsewhere.url) && !error.contains("s1gn"), "{error}");
}

#[test]
fn a_renamed_repository_is_followed_with_the_token_and_a_circle_is_not() {
    let repository = Repository::checkpoint();
    let server = Server::start(move |asked| match asked.path.strip_prefix("/moved") {
        Some(path) => repository.answer(&Asked { path: path.to_owned(), ..asked.clone() }),
        None => Reply::redirect(format!("/moved{}", asked.path)),
    });
    Place::new(&server).pull().unwrap();
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_some()));

    let server = Server::start(|asked| Reply::redirect(asked.path.clone()));
    let error = Place::new(&server).refusal();
    assert!(error.contains("redirect"), "{error}");
    assert_eq!(server.asked().len(), 6);
}

#[test]
fn a_gated_or_private_repository_says_so_and_names_hf_token() {
    for status in [401, 403] {
        let server = Server::start(move |_| Reply::new(status, "").with("x-error-message", "Access is restricted."));
        let error = Place::new(&server).refusal();
        for word in ["gated", "private", "HF_TOKEN", "Access is restricted.", &status.to_string(), NAME] {
            assert!(error.contains(word), "{word}: {error}");
        }
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn an_absent_revision_is_said_with_its_url() {
    let server = Server::start(|_| Reply::new(404, "").with("x-error-message", "Invalid rev id: v9"));
    let place = Place::new(&server);
    let error = place.pull_at("@v9", false).0.unwrap_err().to_string();
    assert!(
        error.contains("/revision/v9") && error.contains("not found") && error.contains("Invalid rev id"),
        "{error}"
    );
}

#[test]
fn a_busy_hub_is_asked_again_a_bounded_number_of_times() {
    for (status, wait) in [(429, "0"), (503, "soon"), (500, ""), (502, "1")] {
        let (repository, count) = (Repository::checkpoint(), Arc::new(AtomicUsize::new(0)));
        let server = Server::start(move |asked| match count.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::new(status, "").with("retry-after", wait),
            _ => repository.answer(asked),
        });
        Place::new(&server).pull().unwrap();
    }
    let server = Server::start(|_| Reply::new(503, ""));
    let error = Place::new(&server).refusal();
    assert!(error.contains("503") && error.contains("try again"), "{error}");
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_hub_that_wants_an_hour_is_not_waited_for() {
    let server = Server::start(|_| Reply::new(429, "").with("retry-after", "3600"));
    let error = Place::new(&server).refusal();
    assert!(error.contains("in 3600 seconds"), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_proxy_is_used_unless_the_host_is_excepted() {
    let proxy = serve(Repository::checkpoint());
    let settings = |no_proxy: &'static str| {
        let proxy = proxy.url.clone();
        Settings::find(move |name| match name {
            "HTTP_PROXY" => Some(OsString::from(&proxy)),
            "NO_PROXY" => Some(OsString::from(no_proxy)),
            _ => None,
        })
    };
    let mut place = Place::new(&proxy);
    place.settings.endpoint = "http://hub.invalid".to_owned();
    place.settings.proxies = settings("").unwrap().proxies;
    place.pull().unwrap();
    let tunnels = proxy.take_asked().into_iter().filter(|asked| asked.method == "CONNECT");
    assert!(tunnels.map(|asked| asked.path).all(|path| path == "hub.invalid:80"));

    let mut place = Place::new(&proxy);
    place.settings.proxies = settings("127.0.0.1").unwrap().proxies;
    place.pull().unwrap();
    assert!(proxy.asked().iter().all(|asked| asked.method == "GET"));
}

#[test]
fn certificates_that_cannot_be_read_are_said_before_anything_is_asked() {
    let server = serve(Repository::checkpoint());
    let mut place = Place::new(&server);
    let file = tempfile::NamedTempFile::new().unwrap();
    for path in ["/nowhere.pem", &path_text(file.path())] {
        place.settings.certificates = Some(path.into());
        let error = place.refusal();
        assert!(error.contains(path) && error.contains("SSL_CERT_FILE"), "{error}");
    }
    assert_eq!(server.asked().len(), 0);
}
