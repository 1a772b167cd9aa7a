//! What is pinned stays: pulled again, damaged, moved, updated, offline.

use std::sync::{Arc, Mutex};

use maxsimd_tools::hub;

use super::repository::{NAME, Repository};
use super::server::Server;
use super::{Place, files_of, serve};

/// A hub whose `main` can be moved.
fn movable() -> (Server, Arc<Mutex<Repository>>) {
    let main = Arc::new(Mutex::new(Repository::checkpoint()));
    let (first, served) = (Repository::checkpoint(), Arc::clone(&main));
    let server = Server::start(move |asked| match asked.path.contains(&first.commit) {
        true => first.answer(asked),
        false => served.lock().unwrap().answer(asked),
    });
    (server, main)
}

fn move_branch(main: &Mutex<Repository>) {
    let mut main = main.lock().unwrap();
    main.commit = "b".repeat(40);
    main.files.insert("special_tokens_map.json".to_owned(), br#"{"mask_token": "[MASK]"}"#.to_vec());
}

#[test]
fn a_pinned_model_is_not_fetched_again_and_at_its_commit_not_even_asked_for() {
    let server = serve(Repository::checkpoint());
    let place = Place::new(&server);
    place.pull().unwrap();
    server.take_asked();
    let (again, said) = place.pull_at("", false);
    again.unwrap();
    let asked = server.take_asked();
    assert_eq!((asked.len(), files_of(&asked).len(), said.len()), (1, 0, 0), "{said:?}");
    place.pull_at(&format!("@{}", "a".repeat(40)), false).0.unwrap();
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn a_moved_branch_is_said_and_changes_nothing_until_it_is_asked_for() {
    let (server, main) = movable();
    let place = Place::new(&server);
    place.pull().unwrap();
    let lock = place.file("maxsim.lock");
    move_branch(&main);
    server.take_asked();

    let (kept, said) = place.pull_at("", false);
    kept.unwrap();
    assert!(said[0].contains(&"b".repeat(40)) && said[0].contains("--update"), "{said:?}");
    assert_eq!((place.file("maxsim.lock"), files_of(&server.take_asked()).len()), (lock, 0));

    place.pull_at("", true).0.unwrap();
    assert_eq!(hub::list(&place.home)[0].commit, "b".repeat(40));
    assert_eq!(files_of(&server.take_asked()), ["special_tokens_map.json"]);
    assert!(hub::verify(&place.home).iter().all(|file| file.problem.is_none()));
}

#[test]
fn another_revision_is_refused_unless_it_is_the_same_commit_or_an_update() {
    let (server, main) = movable();
    let place = Place::new(&server);
    place.pull().unwrap();
    place.pull_at("@v1", false).0.unwrap();
    move_branch(&main);
    let error = place.pull_at("@v2", false).0.unwrap_err().to_string();
    assert!(error.contains("pinned") && error.contains("@v2 --update"), "{error}");
    place.pull_at("@v2", true).0.unwrap();
    let listed = hub::list(&place.home).remove(0);
    assert_eq!((listed.revision.as_str(), listed.commit), ("v2", "b".repeat(40)));
}

#[test]
fn a_damaged_or_absent_file_is_found_and_fetched_from_the_pinned_commit() {
    let (server, main) = movable();
    let place = Place::new(&server);
    let folder = place.pull().unwrap();
    move_branch(&main);
    server.take_asked();
    let tokenizer = folder.join("tokenizer.json");
    let mut bytes = std::fs::read(&tokenizer).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&tokenizer, bytes).unwrap();
    std::fs::remove_file(folder.join("model.onnx")).unwrap();
    let problems = hub::verify(&place.home).into_iter().filter(|file| file.problem.is_some());
    assert_eq!(problems.map(|file| file.path).collect::<Vec<_>>(), [tokenizer, folder.join("model.onnx")]);

    place.pull().unwrap();
    assert_eq!(files_of(&server.asked()), ["tokenizer.json"]);
    assert!(hub::verify(&place.home).iter().all(|file| file.problem.is_none()));
    assert_eq!(hub::list(&place.home)[0].commit, "a".repeat(40));
}

#[test]
fn offline_nothing_is_asked_and_what_is_whole_is_used() {
    let server = serve(Repository::checkpoint());
    let mut place = Place::new(&server);
    place.settings.offline = true;
    let error = place.refusal();
    assert!(error.contains("HF_HUB_OFFLINE") && error.contains(NAME), "{error}");
    assert_eq!(server.asked().len(), 0);

    place.settings.offline = false;
    let folder = place.pull().unwrap();
    server.take_asked();
    place.settings.offline = true;
    // A graph can be made again without a network, a tokenizer cannot.
    std::fs::remove_file(folder.join("model.onnx")).unwrap();
    place.pull().unwrap();
    std::fs::remove_file(folder.join("tokenizer.json")).unwrap();
    let error = place.pull().unwrap_err().to_string();
    assert!(error.contains("HF_HUB_OFFLINE") && error.contains("tokenizer.json"), "{error}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn a_hub_that_is_gone_does_not_take_a_whole_model_away() {
    let server = serve(Repository::checkpoint());
    let mut place = Place::new(&server);
    place.pull().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    place.settings.endpoint = format!("http://{closed}");
    let (kept, said) = place.pull_at("", false);
    kept.unwrap();
    assert!(said.last().unwrap().contains("is whole"), "{said:?}");
}

#[test]
fn a_broken_lock_is_a_problem_that_an_update_mends() {
    let server = serve(Repository::checkpoint());
    let place = Place::new(&server);
    let lock = place.pull().unwrap().join("maxsim.lock");
    let text = std::fs::read_to_string(&lock).unwrap().replace("\"main\"", "\"evil\"");
    std::fs::write(&lock, text).unwrap();
    let error = place.pull().unwrap_err().to_string();
    assert!(error.contains("maxsim.lock") && error.contains("--update"), "{error}");
    assert_eq!(hub::verify(&place.home).iter().filter(|file| file.problem.is_some()).count(), 1);
    place.pull_at("", true).0.unwrap();
    assert!(hub::verify(&place.home).iter().all(|file| file.problem.is_none()));
}

#[test]
fn a_folder_that_was_not_pulled_is_left_alone() {
    let server = serve(Repository::checkpoint());
    let place = Place::new(&server);
    let folder = place.home.model(NAME);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.onnx"), "mine").unwrap();
    for update in [false, true] {
        let error = place.pull_at("", update).0.unwrap_err().to_string();
        assert!(error.contains("maxsim.lock") && error.contains("move it away"), "{error}");
    }
    assert_eq!(place.file("model.onnx"), b"mine");
}

#[test]
fn a_pull_that_was_killed_while_it_replaced_a_model_loses_nothing() {
    let server = serve(Repository::checkpoint());
    let mut place = Place::new(&server);
    let folder = place.pull().unwrap();
    let staging = place.home.root().join("pulling/golden--bert");
    place.settings.offline = true;
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::rename(&folder, staging.join("old")).unwrap();
    place.pull().unwrap();
    assert!(hub::verify(&place.home).iter().all(|file| file.problem.is_none()) && hub::list(&place.home)[0].pulled);

    std::fs::create_dir_all(staging.join("old")).unwrap();
    std::fs::remove_file(folder.join("model.onnx")).unwrap();
    place.pull().unwrap();
    assert!(folder.join("model.onnx").is_file() && !staging.exists());
}
