//! GET /docs and GET /docs/{file}: the OpenAPI document for people, by Swagger UI, which is compiled in.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

use crate::error::{Code, Problem};
use crate::http::page::{CSS, File, HTML, SCRIPT};
use crate::openapi::{About, Tag};

/// Nothing from elsewhere and nothing inline. Swagger UI makes elements from text and draws its icons from `data:`, so that trusted
/// types cannot be asked for.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &[u8] = include_bytes!("../docs/index.html");
const START: &[u8] = include_bytes!("../docs/start.js");

static ARCHIVE: &[u8] = SWAGGER_UI_VENDORED;
static STYLE: LazyLock<Option<Bytes>> = LazyLock::new(|| unpacked("swagger-ui.css"));
static BUNDLE: LazyLock<Option<Bytes>> = LazyLock::new(|| unpacked("swagger-ui-bundle.js"));

pub(crate) fn about_page() -> About {
    About::new("docs", Tag::Pages, "This document for people").page(200, HTML)
}

pub(crate) fn about_file() -> About {
    About::new("docs_file", Tag::Pages, "A file of that page")
        .path("file", "Its name.", |it| it.text(1..=usize::MAX))
        .page(200, CSS)
        .page(200, SCRIPT)
        .problems(&[Code::RouteNotFound])
}

pub(crate) async fn page(headers: HeaderMap) -> Response {
    File { kind: HTML, policy: POLICY, bytes: Bytes::from_static(PAGE) }.reply(&headers)
}

pub(crate) async fn file(path: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = path.ok().and_then(|Path(name)| match name.as_str() {
        "start.js" => Some((SCRIPT, Bytes::from_static(START))),
        "swagger-ui.css" => STYLE.clone().map(|bytes| (CSS, bytes)),
        "swagger-ui-bundle.js" => BUNDLE.clone().map(|bytes| (SCRIPT, bytes)),
        _ => None,
    });
    let (kind, bytes) = found.ok_or_else(|| Problem::new(Code::RouteNotFound, "the page has no such file"))?;
    Ok(File { kind, policy: POLICY, bytes }.reply(&headers))
}

/// A file of Swagger UI's distribution.
fn unpacked(name: &str) -> Option<Bytes> {
    let mut archive = ZipArchive::new(Cursor::new(ARCHIVE)).ok()?;
    let wanted = format!("/dist/{name}");
    let path = archive.file_names().flatten().find(|path| path.ends_with(&wanted))?.into_owned();
    let mut bytes = Vec::new();
    archive.by_name(&path).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_has_what_the_page_loads() {
        assert!(STYLE.as_ref().is_some_and(|bytes| bytes.len() > 1000));
        assert!(BUNDLE.as_ref().is_some_and(|bytes| bytes.len() > 1000));
    }
}
