//! Names to addresses that may be asked. The connection is made to what comes out here and nothing is looked up again, so
//! nobody who answers for a name can answer otherwise in between.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Instant;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::{Addresses, WebError};
use crate::http::LOOK;

/// Most addresses of a name that are tried.
const MOST: usize = 8;

/// Looks names up and keeps the addresses that may be asked.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) addresses: Addresses,
    pub(super) cancelled: Arc<AtomicBool>,
}

impl Resolver for Checked {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (host, port) = self.target(uri)?;
        let found = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.look_up(host.to_owned(), port, timeout)?,
        };
        let mut kept = self.empty();
        found.into_iter().filter(|address| self.addresses.permit(*address)).take(MOST).for_each(|it| kept.push(it));
        match kept.is_empty() {
            true => Err(refuse(WebError::RefusedAddress { host: host.to_owned() })),
            false => Ok(kept),
        }
    }
}

impl Checked {
    /// Host and port that a connection would be made to, read by the same parser.
    fn target<'a>(&self, uri: &'a Uri) -> Result<(&'a str, u16), Error> {
        let wrong = |reason: String| refuse(WebError::RefusedUrl { url: uri.to_string(), reason });
        let default = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(wrong("it is neither http nor https".to_owned())),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it names no machine".to_owned()))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it has a user's name".to_owned()));
        }
        let port = authority.port_u16().unwrap_or(default);
        match self.addresses.permit_port(port) {
            true => Ok((authority.host(), port)),
            false => Err(wrong(format!("port {port} is not one of the web"))),
        }
    }

    /// The system looks names up and cannot be interrupted; what it still looks for when nobody waits is left to it.
    fn look_up(&self, host: String, port: u16, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        let (done, found) = channel();
        let work = move || {
            let _ = done.send((host.as_str(), port).to_socket_addrs().map(|found| found.collect()));
        };
        std::thread::Builder::new().name("resolver".to_owned()).spawn(work)?;
        let begun = Instant::now();
        loop {
            match found.recv_timeout(LOOK) {
                Ok(found) => return found.map_err(Error::Io),
                Err(RecvTimeoutError::Disconnected) => return Err(Error::HostNotFound),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(io::Error::other("given up").into());
            }
            if begun.elapsed() >= *timeout.after {
                return Err(Error::Timeout(timeout.reason));
            }
        }
    }
}

fn refuse(error: WebError) -> Error {
    Error::Other(Box::new(error))
}
