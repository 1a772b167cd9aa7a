//! `health`: whether the daemon that has these settings answers and is ready, for what watches containers.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use super::print;
use crate::config::Given;

/// For connecting, and for each piece of the reply.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than a status line has.
const MOST_BYTES: u64 = 64 * 1024;

/// Ask a daemon whether it is ready
#[derive(Debug, Clone, clap::Args)]
pub struct HealthArgs {
    #[command(flatten)]
    given: Box<Given>,
}

impl HealthArgs {
    /// Asks.
    pub fn run(self) -> ExitCode {
        let flags = &self.given.flags;
        if flags.tls.tls_cert.is_some() {
            eprintln!(
                "error: the daemon speaks TLS, which this does not; ask /readyz under the name in its certificate"
            );
            return ExitCode::FAILURE;
        }
        match health(reachable(flags.listen)) {
            Ok(said) => print(&format!("{said}\n")),
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

/// Where an address that stands for all addresses is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Where keys are needed, only that it lives can be asked without one.
fn health(address: SocketAddr) -> Result<&'static str, String> {
    let status = |path| status(address, path).map_err(|error| format!("{address}: {error}"));
    match status("/readyz")? {
        200 => Ok("ready"),
        401 if status("/livez")? == 200 => Ok("lives; whether it is ready is told for a key only"),
        503 => Err(format!("{address}: not ready")),
        other => Err(format!("{address}: status {other}")),
    }
}

/// Status of the reply to a GET.
fn status(address: SocketAddr, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut reply = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut reply)?;
    let status = reply.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    status.ok_or_else(|| std::io::Error::other("what answers there speaks no HTTP"))
}
