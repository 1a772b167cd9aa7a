//! Names that the daemon is asked under, and pages that may ask.

use std::net::IpAddr;

use axum::http::uri::{Authority, Uri};

/// Stands for every name.
const ANY: &str = "*";

/// Names and pages beside those of loopback.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    /// Names without a port, in small letters.
    hosts: Vec<String>,
    /// Any name will do.
    any_host: bool,
    /// Origins of pages, as browsers send them.
    origins: Vec<String>,
}

/// Flags of them.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Security")]
pub struct SiteFlags {
    /// Name under which the daemon may be asked, beside its address and localhost; * for any
    #[arg(long, value_name = "NAME", env = "MAXSIMD_ALLOW_HOST", value_delimiter = ',')]
    pub allow_host: Vec<String>,
    /// Site whose pages may use the daemon from a browser, e.g. https://docs.example.com [default: none]
    #[arg(long, value_name = "ORIGIN", env = "MAXSIMD_ALLOW_ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
}

/// Why a name or an origin is none.
#[derive(Debug, thiserror::Error)]
pub enum SitesError {
    /// No name.
    #[error("--allow-host {0:?} is no name such as search.example.com, without scheme and port")]
    Host(String),
    /// No origin.
    #[error(
        "--allow-origin {0:?} is no origin such as https://docs.example.com, without a path; each is named, * is not taken"
    )]
    Origin(String),
}

impl SiteFlags {
    /// Checks what they say.
    pub fn open(&self) -> Result<Sites, SitesError> {
        Sites::new(&self.allow_host, &self.allow_origin)
    }
}

impl Sites {
    /// Names and origins that are let through beside those of loopback.
    pub fn new(hosts: &[String], origins: &[String]) -> Result<Self, SitesError> {
        let named = hosts.iter().filter(|name| *name != ANY);
        let named = named.map(|name| host(name).ok_or_else(|| SitesError::Host(name.clone())));
        let origins = origins.iter().map(|text| origin(text).ok_or_else(|| SitesError::Origin(text.clone())));
        Ok(Self {
            any_host: hosts.iter().any(|name| name == ANY),
            hosts: named.collect::<Result<_, _>>()?,
            origins: origins.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the daemon may be asked under a name: its machine's loopback, one that was named, or, unless it listens on loopback
    /// itself, any address, since no name was resolved then.
    pub(super) fn knows_host(&self, authority: &str, on_loopback: bool) -> bool {
        let Some(name) = name_of(authority) else { return false };
        let address = name.parse::<IpAddr>().ok();
        let by_address = address.is_some_and(|address| !on_loopback || address.is_loopback());
        by_address || name == "localhost" || self.any_host || self.hosts.contains(&name)
    }

    /// Whether an origin was named.
    pub(super) fn names_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|named| named == origin)
    }
}

/// Host of an authority without its port, in small letters. None of what has a user in it.
pub(super) fn name_of(authority: &str) -> Option<String> {
    let authority = authority.parse::<Authority>().ok().filter(|found| !found.as_str().contains('@'))?;
    Some(authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase())
}

/// Whether `HOST[:PORT]` names this machine's loopback interface.
pub(super) fn is_loopback(authority: &str) -> bool {
    let named = |name: String| name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    name_of(authority).is_some_and(named)
}

fn host(text: &str) -> Option<String> {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    // A colon is of an IPv6 address, not of a port.
    let port = text.contains(':') && text.parse::<IpAddr>().is_err();
    (!text.is_empty() && text.len() <= 253 && text.bytes().all(sound) && !port).then(|| text.to_ascii_lowercase())
}

fn origin(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https")) && name_of(uri.authority()?.as_str()).is_some();
    // A parsed address has a path, if only `/`.
    let bare = uri.path() == "/" && uri.query().is_none() && !text.ends_with('/');
    (web && bare).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(hosts: &[&str], origins: &[&str]) -> Result<Sites, SitesError> {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Sites::new(&owned(hosts), &owned(origins))
    }

    #[test]
    fn names_of_loopback_are_told_from_others() {
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.8.8.8", "[::1]:8080", "[::1]"] {
            assert!(is_loopback(good), "{good}");
        }
        let bad =
            ["", "example.com", "localhost.example.com", "192.168.1.1:80", "127.0.0.1@evil.com", "evil@localhost"];
        for bad in bad {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn a_daemon_is_asked_by_address_by_localhost_or_by_a_name_that_was_given_to_it() {
        let sites = sites(&["Search.Example.com"], &[]).unwrap();
        for (name, on_loopback, elsewhere) in [
            ("search.example.com:443", true, true),
            ("localhost", true, true),
            ("127.0.0.1:8080", true, true),
            ("192.168.0.7", false, true),
            ("[fe80::1]:80", false, true),
            ("rebound.example", false, false),
            ("search.example.com.evil.example", false, false),
            ("search.example.com@evil.example", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (sites.knows_host(name, true), sites.knows_host(name, false)),
                (on_loopback, elsewhere),
                "{name}"
            );
        }
        let any = super::tests::sites(&["*"], &[]).unwrap();
        assert!(any.knows_host("rebound.example", true) && !any.knows_host("a@b", true));
    }

    #[test]
    fn what_is_no_name_and_no_origin_is_refused() {
        for bad in ["", "a b", "http://a", "a:80", "a/b"] {
            assert!(matches!(sites(&[bad], &[]), Err(SitesError::Host(_))), "{bad}");
        }
        for bad in ["*", "null", "a", "https://a/", "https://a/b", "https://u@a", "ftp://a", "https://a?b"] {
            assert!(matches!(sites(&[], &[bad]), Err(SitesError::Origin(_))), "{bad}");
        }
        let sites = sites(&["::1", "a-b.example"], &["https://Docs.example", "http://localhost:3000"]).unwrap();
        assert!(sites.names_origin("https://docs.example") && !sites.names_origin("http://docs.example"));
    }
}
