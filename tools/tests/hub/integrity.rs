//! Content that is not what the hub lists.

use super::repository::{Repository, part};
use super::server::{Reply, Server};
use super::{Place, files_of, serve_but};

#[test]
fn a_large_file_with_another_sha_256_is_refused_with_both() {
    let server = serve_but("model.safetensors", |_, content| {
        let mut changed = content.to_vec();
        changed[100] ^= 1;
        Reply::new(200, changed)
    });
    let error = Place::new(&server).refusal();
    assert!(error.contains("model.safetensors: expected SHA-256 ") && error.contains("found "), "{error}");
    assert_eq!(files_of(&server.asked()).iter().filter(|name| *name == "model.safetensors").count(), 1);
}

#[test]
fn a_small_file_that_is_another_git_blob_is_refused_with_both() {
    let server = serve_but("tokenizer.json", |_, content| Reply::new(200, content.to_ascii_lowercase()));
    let error = Place::new(&server).refusal();
    assert!(error.contains("tokenizer.json: expected git blob SHA-1 "), "{error}");
}

#[test]
fn a_file_that_is_longer_than_listed_is_refused_and_not_read_to_its_end() {
    let server = serve_but("model.safetensors", |_, content| Reply::new(200, vec![7; content.len() + (64 << 20)]));
    let place = Place::new(&server);
    let error = place.refusal();
    assert!(error.contains("model.safetensors: expected ") && error.contains("found more"), "{error}");
}

#[test]
fn a_file_that_always_ends_early_is_given_up_with_both_lengths() {
    for says_so in [true, false] {
        let server = serve_but("model.safetensors", move |_, content| {
            if says_so { Reply::new(200, &content[..1000]) } else { Reply::new(200, content).cut_after(1000) }
        });
        let error = Place::new(&server).refusal();
        let length = Repository::checkpoint().files["model.safetensors"].len();
        assert!(error.contains(&format!("1000 of {length} bytes")), "{error}");
        let asked = files_of(&server.asked());
        assert_eq!(asked.iter().filter(|name| *name == "model.safetensors").count(), 4);
    }
}

#[test]
fn what_is_no_listing_is_refused_and_names_the_endpoint() {
    for body in ["<html>sign in to the network</html>".to_owned(), "[".repeat(1 << 20), " ".repeat(17 << 20)] {
        let server = Server::start(move |_| Reply::new(200, body.clone()));
        let error = Place::new(&server).refusal();
        assert!(error.contains("HF_ENDPOINT") && error.contains(&server.url), "{error}");
    }
}

#[test]
fn a_poisoned_partial_file_is_noticed_by_its_hash_and_fetched_anew() {
    let server = serve_but("model.safetensors", |asked, content| match asked.header("range") {
        None => Reply::new(200, content).cut_after(5000),
        Some(_) => part(content, asked),
    });
    let mut place = Place::new(&server);
    place.settings.patience.tries = 1;
    place.refusal();
    let partial = find(place.home.root(), "model.safetensors.partial").unwrap();
    std::fs::write(&partial, vec![0; 5000]).unwrap();
    // One try to notice, one that is cut again, one that goes on from there.
    place.settings.patience.tries = 3;
    place.pull().unwrap();
    assert_eq!(place.file("model.safetensors"), Repository::checkpoint().files["model.safetensors"]);
}

fn find(folder: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.into_iter().find_map(|path| match path.is_dir() {
        true => find(&path, name),
        false => path.ends_with(name).then_some(path),
    })
}
