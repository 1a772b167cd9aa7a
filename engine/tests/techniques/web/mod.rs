//! `crag` with pages of the web, from real servers.

mod answered;
mod missing;

use std::io::Write;

use maxsimd_engine::raptor::{Nodes, Raptor, Strategy};
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
