//! Where a server is, and connections to it.

mod trust;

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use trust::Trust;
use url::Url;

/// Where a connection's requests are put in.
pub type Sender = SendRequest<Full<Bytes>>;

/// A server, over HTTP or over HTTPS.
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
    /// The header `authorization`, if there is a key; never printed.
    pub(crate) authorization: Option<HeaderValue>,
    trust: Option<Trust>,
}

/// Why there is no such server.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The address is none.
    #[error("{url:?} is no address such as http://127.0.0.1:8080: {reason}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key is none.
    #[error("the key of the server is no key: it cannot stand in a header")]
    Key,
    /// Certificates cannot be used.
    #[error("{}: {reason}", path.display())]
    Certificates {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Target {
    /// Reads an address such as `http://127.0.0.1:8080` and looks its name up. Over HTTPS, certificates have to be signed by those whom
    /// browsers trust.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let refused = |reason: String| TargetError::Address { url: text.to_owned(), reason };
        let url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
        let trust = match (url.scheme(), url.host_str()) {
            ("http", _) => None,
            ("https", Some(host)) => Some(Trust::of_browsers(host).map_err(refused)?),
            _ => return Err(refused("only http and https are spoken".to_owned())),
        };
        let addresses = url.socket_addrs(|| None).map_err(|error| refused(error.to_string()))?;
        let address = *addresses.first().ok_or_else(|| refused("it has no host".to_owned()))?;
        let host = HeaderValue::from_str(url.authority()).map_err(|error| refused(error.to_string()))?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { url: text.trim_end_matches('/').to_owned(), address, host, prefix, authorization: None, trust })
    }

    /// The same with a key that is shown with every request.
    pub fn with_key(self, key: &str) -> Result<Self, TargetError> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| TargetError::Key)?;
        authorization.set_sensitive(true);
        Ok(Self { authorization: Some(authorization), ..self })
    }

    /// The same with the certificates of a file in PEM trusted and no others. Without HTTPS there is nothing to trust.
    pub fn trusting(self, path: &Path) -> Result<Self, TargetError> {
        let refused = |reason| TargetError::Certificates { path: path.to_path_buf(), reason };
        let trust = self.trust.as_ref().map(|trust| trust.only(path)).transpose().map_err(refused)?;
        Ok(Self { trust, ..self })
    }

    /// A new connection.
    pub async fn connect(&self) -> io::Result<Sender> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        match &self.trust {
            None => spoken(stream).await,
            Some(trust) => spoken(trust.connect(stream).await?).await,
        }
    }

    /// An agent that trusts the same, for what need not be fast.
    pub(crate) fn agent(&self) -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
        let agent = ureq::Agent::config_builder().proxy(None);
        match &self.trust {
            None => agent,
            Some(trust) => agent.tls_config(trust.for_agents()),
        }
    }
}

async fn spoken(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> io::Result<Sender> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_to_the_server_and_to_nobody_else() {
        let target = Target::parse("http://127.0.0.1:1").unwrap().with_key("maxsimd_hush").unwrap();
        assert_eq!(target.authorization.as_ref().unwrap().as_bytes(), b"Bearer maxsimd_hush");
        assert!(!format!("{target:?}").contains("hush"));
        assert!(target.with_key("a\r\nb").is_err());
    }

    #[test]
    fn addresses_have_a_host_and_may_have_a_path() {
        let target = Target::parse("http://127.0.0.1:8080/search/").unwrap();
        assert_eq!((target.address.port(), target.prefix.as_str()), (8080, "/search"));
        assert_eq!(
            (target.host.to_str().unwrap(), target.url.as_str()),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/search")
        );
        assert_eq!(Target::parse("https://127.0.0.1").unwrap().address.port(), 443);
        for bad in ["", "127.0.0.1:8080", "ftp://127.0.0.1", "http://"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "nothing\n").unwrap();
        let secured = Target::parse("https://127.0.0.1").unwrap();
        assert!(secured.clone().trusting(&file).unwrap_err().to_string().contains("ca.pem"));
        assert!(secured.trusting(&folder.path().join("none.pem")).is_err());
        assert!(Target::parse("http://127.0.0.1").unwrap().trusting(&file).is_ok());
    }
}
