//! Where the server is.

use std::net::SocketAddr;

use hyper::header::HeaderValue;
use url::Url;

use super::LoadError;

/// A server over plain HTTP.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it was given, without a slash at its end.
    pub url: String,
    /// Looked up once, so that no request waits for a name.
    pub address: SocketAddr,
    /// The header `host`.
    pub(crate) host: HeaderValue,
    /// What stands before every path.
    pub(crate) prefix: String,
}

impl Target {
    /// Reads an address such as `http://127.0.0.1:8080` and looks its name up.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let refused = |reason: String| LoadError::Target { url: text.to_owned(), reason };
        let url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
        if url.scheme() != "http" {
            return Err(refused("only http is spoken".to_owned()));
        }
        let addresses = url.socket_addrs(|| None).map_err(|error| refused(error.to_string()))?;
        let address = *addresses.first().ok_or_else(|| refused("it has no host".to_owned()))?;
        let host = HeaderValue::from_str(url.authority()).map_err(|error| refused(error.to_string()))?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { url: text.trim_end_matches('/').to_owned(), address, host, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_and_may_have_a_path() {
        let target = Target::parse("http://127.0.0.1:8080/search/").unwrap();
        assert_eq!((target.address.port(), target.prefix.as_str()), (8080, "/search"));
        assert_eq!(
            (target.host.to_str().unwrap(), target.url.as_str()),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/search")
        );
        for bad in ["", "127.0.0.1:8080", "https://127.0.0.1", "http://"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }
}
