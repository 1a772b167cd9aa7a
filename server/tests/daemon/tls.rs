//! TLS, and certificates that are replaced while the daemon runs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use maxsimd_server::keys::KeyScope;
use maxsimd_server::tls::{Tls, TlsError, TlsFlags};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::client::connect;
use crate::collection::{Running, start_over, wait_until};
use crate::keys::{key, ring};

/// Writes a new certificate and its key.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).expect("written");
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
    made.cert.der().clone()
}

fn opened(folder: &Path) -> Result<Tls, TlsError> {
    Tls::open(&folder.join("cert.pem"), &folder.join("key.pem"))
}

/// A daemon that speaks TLS, with the folder of its certificate.
fn speaking() -> (Running, TempDir, CertificateDer<'static>) {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = certify(folder.path());
    let tls = Arc::new(opened(folder.path()).expect("a certificate"));
    let running = start_over(
        |_| (),
        |config| {
            config.limits.header_timeout = Duration::from_millis(500);
            config.tls = Some(tls);
        },
    );
    (running, folder, certificate)
}

fn secured(address: SocketAddr, trusted: &CertificateDer<'static>) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let mut config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    StreamOwned::new(connection, connect(address))
}

/// What is replied, whether or not the end is told.
fn get(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    path: &str,
) -> std::io::Result<(String, Option<Vec<u8>>)> {
    let mut stream = secured(address, trusted);
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut text = Vec::new();
    let read = stream.read_to_end(&mut text);
    if text.is_empty() {
        read?;
    }
    let protocol = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
    Ok((String::from_utf8_lossy(&text).into_owned(), protocol))
}

#[test]
fn what_is_asked_over_tls_is_answered_as_ever() {
    let (running, _folder, certificate) = speaking();
    let (text, protocol) = get(running.address, &certificate, "/livez").expect("a reply");
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("x-request-id"), "{text}");
    assert_eq!(protocol.as_deref(), Some(&b"http/1.1"[..]));
}

#[test]
fn without_tls_nothing_is_answered_and_whoever_says_nothing_is_cut_off() {
    let (running, _folder, certificate) = speaking();
    for sent in ["GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "", "\u{16}\u{3}\u{1}"] {
        let mut stream = connect(running.address);
        stream.write_all(sent.as_bytes()).expect("the daemon reads");
        let mut answer = Vec::new();
        // Closed, whether gently or not.
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{sent:?}");
    }
    assert!(get(running.address, &certificate, "/livez").is_ok());
}

#[test]
fn a_certificate_that_is_replaced_is_shown_to_whoever_connects_from_then_on() {
    let (running, folder, first) = speaking();
    let mut before = secured(running.address, &first);
    before.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the daemon reads");
    std::fs::write(folder.path().join("key.pem"), "no key").expect("written");
    assert!(get(running.address, &first, "/livez").is_ok(), "what cannot be used changes nothing");
    let next = certify(folder.path());
    wait_until(|| get(running.address, &next, "/livez").is_ok());
    assert!(get(running.address, &first, "/livez").is_err());
}

#[test]
fn a_key_is_asked_for_over_tls_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = certify(folder.path());
    let tls = Arc::new(opened(folder.path()).expect("a certificate"));
    let ring = ring(&[&key(KeyScope::Read, &[])]);
    let running = start_over(|_| (), |config| (config.tls, config.keys) = (Some(tls), Some(ring)));
    let status = |path: &str| get(running.address, &certificate, path).expect("a reply").0[9..12].to_owned();
    assert_eq!((status("/livez").as_str(), status("/version").as_str()), ("200", "401"));
}

#[test]
fn what_is_no_certificate_with_its_key_is_refused_with_its_file() {
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    certify(one.path());
    certify(other.path());
    let (cert, key) = (one.path().join("cert.pem"), one.path().join("key.pem"));
    let strange = Tls::open(&cert, &other.path().join("key.pem"));
    assert!(matches!(strange, Err(TlsError::Pair { .. })));
    for (cert, key) in [(&key, &key), (&cert, &cert), (&cert, &one.path().join("absent"))] {
        let error = Tls::open(cert, key).expect_err("no pair").to_string();
        assert!(error.contains(".pem") || error.contains("absent"), "{error}");
        assert!(!error.contains("BEGIN"), "{error}");
    }
    let half = TlsFlags { tls_cert: Some(cert), tls_key: None };
    assert!(matches!(half.open(), Err(TlsError::Half)));
}
