//! URLs of the hub's two routes, and where a redirect leads.

use ureq::http::Uri;

use super::error::HubError;
use super::reference::Repository;

/// The listing of a revision, with lengths and hashes of its files.
pub(super) fn listing(endpoint: &str, repository: &Repository, revision: &str) -> String {
    format!("{endpoint}/api/models/{repository}/revision/{}?blobs=true", encoded(revision))
}

/// One file of a commit.
pub(super) fn file(endpoint: &str, repository: &Repository, commit: &str, path: &str) -> String {
    let path: Vec<String> = path.split('/').map(encoded).collect();
    format!("{endpoint}/{repository}/resolve/{commit}/{}", path.join("/"))
}

/// A URL as errors show it: what follows `?` may be a signature that gives access.
pub(super) fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

/// Whether two URLs are served by the same scheme, host and port.
pub(super) fn same_origin(a: &Uri, b: &Uri) -> bool {
    let origin = |uri: &Uri| {
        let scheme = uri.scheme_str().unwrap_or_default().to_lowercase();
        let default = if scheme == "https" { 443 } else { 80 };
        let host = uri.host().unwrap_or_default().to_lowercase();
        (host, uri.port_u16().unwrap_or(default), scheme)
    };
    origin(a) == origin(b)
}

/// Where a redirect from `url` leads.
pub(super) fn redirected(url: &Uri, location: &str) -> Result<Uri, HubError> {
    let refuse = |reason| HubError::Redirect { url: shown(&url.to_string()), target: shown(location), reason };
    let scheme = url.scheme_str().unwrap_or("https");
    let absolute = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        let authority = url.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}{location}")
    } else {
        location.to_owned()
    };
    let target: Uri = absolute.parse().map_err(|_| refuse("that is no URL"))?;
    match (scheme, target.scheme_str()) {
        ("https", Some("http")) => Err(refuse("from https to http")),
        (_, Some("http" | "https")) => Ok(target),
        _ => Err(refuse("neither http nor https")),
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_one_part_of_the_path_whatever_it_holds() {
        let repository = Repository::parse("o/r").unwrap();
        let url = listing("https://h/m", &repository, "refs/pr/1?x#y");
        assert_eq!(url, "https://h/m/api/models/o/r/revision/refs%2Fpr%2F1%3Fx%23y?blobs=true");
        let url = file("https://h", &repository, "c0", "1_Dense/config.json");
        assert_eq!(url, "https://h/o/r/resolve/c0/1_Dense/config.json");
    }

    #[test]
    fn another_port_scheme_or_host_is_another_origin() {
        let same = |a: &str, b: &str| same_origin(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(same("https://h/x", "https://H:443/y"));
        for other in ["https://h:444/x", "http://h/x", "https://h.evil/x", "https://u@evil/x", "http://h:443/x"] {
            assert!(!same("https://h/x", other), "{other}");
        }
    }

    #[test]
    fn redirects_lead_to_http_or_https_and_never_down() {
        let from = |url: &str, location| redirected(&url.parse().unwrap(), location).map(|uri| uri.to_string());
        assert_eq!(from("http://h:1/a", "/b?c").unwrap(), "http://h:1/b?c");
        assert_eq!(from("https://h/a", "//cdn/b").unwrap(), "https://cdn/b");
        assert_eq!(from("http://h/a", "https://cdn/b").unwrap(), "https://cdn/b");
        for bad in ["http://cdn/b", "file:///etc/passwd", "b", "", "https://"] {
            assert!(matches!(from("https://h/a", bad), Err(HubError::Redirect { .. })), "{bad:?}");
        }
    }
}
