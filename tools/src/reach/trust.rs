//! Whose certificates are trusted, and TLS with who has one.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Certificates that are trusted, and the name that the server's has to have.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    /// Those of a file; else those whom browsers trust.
    own: Option<Arc<Vec<Certificate<'static>>>>,
}

impl Trust {
    pub(super) fn of_browsers(host: &str) -> Result<Self, String> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Ok(Self { name, config: config(roots)?, own: None })
    }

    /// The same with the certificates of a file and no others.
    pub(super) fn only(&self, path: &Path) -> Result<Self, String> {
        let found = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
        let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        if found.is_empty() {
            return Err("it has no certificate in PEM".to_owned());
        }
        let own = found.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
        let mut roots = RootCertStore::empty();
        for one in found {
            roots.add(one).map_err(|error| error.to_string())?;
        }
        Ok(Self { name: self.name.clone(), config: config(roots)?, own: Some(Arc::new(own)) })
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), stream).await
    }

    pub(super) fn for_agents(&self) -> TlsConfig {
        let roots = match &self.own {
            None => RootCerts::WebPki,
            Some(own) => RootCerts::new_with_certs(own),
        };
        TlsConfig::builder().root_certs(roots).build()
    }
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, String> {
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
