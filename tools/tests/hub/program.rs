//! The program itself: variables of the environment, lists, verification, and the model at work.

use std::process::Command;

use super::repository::{NAME, Repository};
use super::server::Server;
use super::shapes::runtime_library;
use super::support::{Ran, path_text, program, run};
use super::{SECRET, serve};

/// The program with a home of its own and no settings of whoever runs the tests.
struct User<'a> {
    server: &'a Server,
    home: tempfile::TempDir,
}

impl<'a> User<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, home: tempfile::tempdir().unwrap() }
    }

    fn maxsim(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        for name in
            ["HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "SSL_CERT_FILE"]
        {
            command.env_remove(name);
        }
        command.env("HF_ENDPOINT", &self.server.url).env("HF_TOKEN", SECRET);
        command.env("HF_HOME", self.home.path()).env("MAXSIMD_HOME", self.home.path());
        command.args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = run(&mut self.maxsim(arguments));
        assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET));
        ran
    }
}

#[test]
fn a_model_is_pulled_listed_verified_and_named_by_its_repository() {
    let server = serve(Repository::checkpoint());
    let user = User::new(&server);
    let pulled = user.run(&["models", "--json", "pull", &format!("hf:{NAME}")]).json();
    let listed = user.run(&["models", "--json", "list"]).json();
    assert_eq!(pulled, listed);
    let model = listed["assets"].as_array().unwrap().iter().find(|asset| asset["name"] == NAME).unwrap();
    assert!(model["pulled"] == true && model["about"].as_str().unwrap().contains(&"a".repeat(40)), "{model}");
    assert!(server.asked().iter().all(|asked| asked.header("authorization") == Some(&format!("Bearer {SECRET}"))));

    let corpus = user.home.path().join("corpus");
    std::fs::create_dir(&corpus).unwrap();
    std::fs::write(corpus.join("a.md"), "Late interaction keeps a vector for each token.").unwrap();
    let data = path_text(&user.home.path().join("data"));
    let build =
        ["build", "--json", "--input", &path_text(&corpus), "--data", &data, "--collection", "c", "--model", NAME];
    let built = run(user.maxsim(&build).env("ORT_DYLIB_PATH", runtime_library())).json();
    assert_eq!(built["collection"]["documents"], 1);
}

#[test]
fn verification_fails_with_the_damaged_file_and_the_token_file_is_found() {
    let server = serve(Repository::checkpoint());
    let user = User::new(&server);
    std::fs::write(user.home.path().join("token"), format!("{SECRET}\n")).unwrap();
    let pull = ["models", "pull", &format!("hf:{NAME}")];
    let ran = run(user.maxsim(&pull).env_remove("HF_TOKEN"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_some()));

    let file = user.home.path().join("models").join(NAME).join("1_Dense/model.safetensors");
    std::fs::write(&file, "damaged").unwrap();
    let ran = user.run(&["models", "verify"]);
    let line = ran.out.lines().find(|line| line.contains("1_Dense/model.safetensors")).unwrap();
    assert!(ran.code == 1 && line.starts_with("problem") && line.contains("7 bytes"), "{line}");
}

#[test]
fn flags_that_do_not_fit_a_hub_and_names_that_are_none_are_refused() {
    let server = serve(Repository::checkpoint());
    let user = User::new(&server);
    let hub = format!("hf:{NAME}");
    for (arguments, word) in [
        (&["models", "pull", "hf:bert"][..], "hf:ORG/REPO"),
        (&["models", "pull", "hf:../x"], "hf:ORG/REPO"),
        (&["models", "pull", "--from", ".", &hub], "--from"),
        (&["models", "pull", "--update", "runtime"], "--update"),
        (&["models", "pull", "--update"], "--update"),
    ] {
        let ran = user.run(arguments);
        assert!(ran.code != 0 && ran.err.contains(word), "{}", ran.err);
    }
    let ran = run(user.maxsim(&["models", "pull", &hub]).env("HF_HUB_OFFLINE", "1"));
    assert!(ran.code == 1 && ran.err.contains("HF_HUB_OFFLINE"), "{}", ran.err);
    assert_eq!(server.asked().len(), 0);
}
