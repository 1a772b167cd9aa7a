//! TLS by rustls: one certificate, read again when its files change. TLS 1.2 and 1.3, cryptography by ring.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::process::reload::{Reload, Stamp};

/// Largest file of certificates or of a key.
const MOST_BYTES: u64 = 1 << 20;

/// Flags of TLS.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Security")]
pub struct TlsFlags {
    /// Certificate and those that it is signed by, in PEM: TLS is spoken and nothing else. Read again when it changes
    #[arg(long, value_name = "FILE", env = "MAXSIMD_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long, value_name = "FILE", env = "MAXSIMD_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// One of the two.
    #[error("--tls-cert and --tls-key belong together, and one of them is missing")]
    Half,
    /// A file cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// They are no certificate and its key.
    #[error("{} and {}: {source}", cert.display(), key.display())]
    Pair {
        /// File of the certificate.
        cert: PathBuf,
        /// File of the key.
        key: PathBuf,
        /// What rustls says.
        source: rustls::Error,
    },
}

impl TlsFlags {
    /// The certificate, if one is named.
    pub fn open(&self) -> Result<Option<Arc<Tls>>, TlsError> {
        match (&self.tls_cert, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(cert), Some(key)) => Tls::open(cert, key).map(|tls| Some(Arc::new(tls))),
            _ => Err(TlsError::Half),
        }
    }
}

/// A certificate that is shown to whoever connects.
pub struct Tls {
    files: Files,
    shown: Arc<Shown>,
    seen: Mutex<Stamps>,
    acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Files {
    cert: PathBuf,
    key: PathBuf,
}

type Stamps = (Option<Stamp>, Option<Stamp>);

/// What is shown at the moment.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Files {
    fn stamps(&self) -> Stamps {
        (Stamp::of(&self.cert), Stamp::of(&self.key))
    }

    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&bytes(&self.cert)?).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| refuse(&self.cert, &error))?;
        if chain.is_empty() {
            return Err(refuse(&self.cert, &"there is no certificate in it"));
        }
        let key = PrivateKeyDer::from_pem_slice(&bytes(&self.key)?).map_err(|error| refuse(&self.key, &error))?;
        let pair = |source| TlsError::Pair { cert: self.cert.clone(), key: self.key.clone(), source };
        CertifiedKey::from_der(chain, key, provider).map_err(pair)
    }
}

fn refuse(path: &Path, reason: &dyn std::fmt::Display) -> TlsError {
    TlsError::File { path: path.to_path_buf(), reason: reason.to_string() }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let (file, mut bytes) = (File::open(path).map_err(|error| refuse(path, &error))?, Vec::new());
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| refuse(path, &error))?;
    match u64::try_from(bytes.len()).is_ok_and(|read| read <= MOST_BYTES) {
        true => Ok(bytes),
        false => Err(refuse(path, &format_args!("it has more than {MOST_BYTES} bytes"))),
    }
}

impl Tls {
    /// Reads a certificate and its key.
    pub fn open(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { cert: cert.to_path_buf(), key: key.to_path_buf() };
        let (provider, seen) = (Arc::new(ring::default_provider()), files.stamps());
        let shown = Arc::new(Shown(ArcSwap::from_pointee(files.read(&provider)?)));
        let pair = |source| TlsError::Pair { cert: cert.to_path_buf(), key: key.to_path_buf(), source };
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let certified = Arc::clone(&shown) as Arc<dyn ResolvesServerCert>;
        let mut config = builder.map_err(pair)?.with_no_client_auth().with_cert_resolver(certified);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { files, shown, seen: Mutex::new(seen), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// What makes TLS of connections.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

impl Reload for Tls {
    /// A pair that does not fit together, as between two writes, leaves the one before; the next change is read again.
    fn reload(&self, forced: bool) {
        let now = self.files.stamps();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !forced && *seen == now {
            return;
        }
        *seen = now;
        match self.files.read(&ring::default_provider()) {
            Ok(certified) => {
                tracing::info!("the certificate was read again");
                self.shown.0.store(Arc::new(certified));
            }
            Err(error) => tracing::error!(%error, "the certificate of before stays"),
        }
    }
}
