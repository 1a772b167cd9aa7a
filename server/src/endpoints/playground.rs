//! GET / and GET /playground/{file}: the page for people, as it was compiled in. It asks the other routes.

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::{Code, Problem};
use crate::http::page::{CSS, File, HTML, SCRIPT};
use crate::openapi::{About, Tag};

/// Nothing from elsewhere, nothing inline, nothing that text could become.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

/// A file of the page.
#[derive(Debug, Clone, Copy)]
struct Part {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($kind:expr; $($name:literal)*) => {
        [$(Part { name: $name, kind: $kind, bytes: include_bytes!(concat!("../playground/", $name)) }),*]
    };
}

const PAGES: [Part; 1] = files!(HTML; "index.html");
const STYLES: [Part; 1] = files!(CSS; "page.css");
const SCRIPTS: [Part; 12] = files!(SCRIPT;
    "address.js" "answer.js" "api.js" "bars.js" "card.js" "dom.js"
    "heat.js" "markdown.js" "page.js" "problems.js" "text.js" "tree.js");

pub(crate) fn about_page() -> About {
    About::new("playground", Tag::Pages, "The playground").page(200, HTML)
}

pub(crate) fn about_file() -> About {
    About::new("playground_file", Tag::Pages, "A file of the playground")
        .path("file", "Its name.", |it| it.text(1..=usize::MAX))
        .page(200, CSS)
        .page(200, SCRIPT)
        .problems(&[Code::RouteNotFound])
}

pub(crate) async fn page(headers: HeaderMap) -> Response {
    PAGES[0].reply(&headers)
}

pub(crate) async fn file(path: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::new(Code::RouteNotFound, "the playground has no such file");
    let Path(name) = path.map_err(|_| missing())?;
    let file = STYLES.into_iter().chain(SCRIPTS).find(|file| file.name == name);
    file.map(|file| file.reply(&headers)).ok_or_else(missing)
}

impl Part {
    fn reply(self, asked: &HeaderMap) -> Response {
        File { kind: self.kind, policy: POLICY, bytes: Bytes::from_static(self.bytes) }.reply(asked)
    }
}
