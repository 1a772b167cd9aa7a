//! `maxsim models pull hf:ORG/REPO` against a server that speaks the hub's routes, and speaks them badly.
#![cfg(feature = "hub")]

mod access;
mod integrity;
mod pinned;
mod program;
mod repository;
mod resume;
mod server;
mod shapes;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::time::Duration;

use maxsimd_server::home::Home;
use maxsimd_tools::hub::{self, HubError, Patience, Proxies, Request, Settings, Token};

use repository::{NAME, Repository};
use server::{Asked, Reply, Server};

/// The token that must not be seen anywhere but at the endpoint.
const SECRET: &str = "hf_SECRETsecret";

/// An asset folder of its own, and how to reach a server.
struct Place {
    _folder: tempfile::TempDir,
    home: Home,
    settings: Settings,
}

impl Place {
    fn new(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(folder.path().join("home"))).unwrap();
        let patience = Patience {
            silence: Duration::from_secs(20),
            tries: 4,
            pause: Duration::from_millis(1),
            longest_pause: Duration::from_secs(2),
        };
        let settings = Settings {
            endpoint: server.url.clone(),
            token: Token::parse(SECRET, "a test").unwrap(),
            proxies: Proxies::default(),
            certificates: None,
            offline: false,
            patience,
        };
        Self { _folder: folder, home, settings }
    }

    /// Pulls `golden/bert`, with what stands behind it; also gives what was reported.
    fn pull_at(&self, behind: &str, update: bool) -> (Result<PathBuf, HubError>, Vec<String>) {
        let reference = format!("hf:{NAME}{behind}").parse().unwrap();
        let mut said = Vec::new();
        let request = Request { reference, update };
        let pulled = hub::pull(&self.home, &request, &self.settings, &mut |line| said.push(line.to_owned()));
        (pulled, said)
    }

    fn pull(&self) -> Result<PathBuf, HubError> {
        self.pull_at("", false).0
    }

    /// The error of a pull that has to fail, as it is shown; nothing may be in place then, and the token not in it.
    fn refusal(&self) -> String {
        let (pulled, said) = self.pull_at("", false);
        let error = pulled.unwrap_err().to_string();
        assert!(!error.contains(SECRET) && !said.concat().contains(SECRET), "{error}");
        assert!(!self.home.model(NAME).exists(), "{error}");
        error
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.home.model(NAME).join(name)).unwrap()
    }
}

/// A hub with one repository.
fn serve(repository: Repository) -> Server {
    Server::start(move |asked| repository.answer(asked))
}

/// A hub with the small checkpoint, where one file is served otherwise.
fn serve_but(name: &'static str, otherwise: impl Fn(&Asked, &[u8]) -> Reply + Send + Sync + 'static) -> Server {
    let repository = Repository::checkpoint();
    Server::start(move |asked| match files_of(std::slice::from_ref(asked)) == [name] {
        true => otherwise(asked, &repository.files[name]),
        false => repository.answer(asked),
    })
}

/// Names of the files that were asked for.
fn files_of(asked: &[Asked]) -> Vec<String> {
    let paths = asked.iter().filter_map(|asked| asked.path.split_once("/resolve/"));
    paths.map(|(_, rest)| rest.split_once('/').unwrap().1.to_owned()).collect()
}
