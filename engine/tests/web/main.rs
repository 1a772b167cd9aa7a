//! The web against real servers, which also lie, stall, flood and lead astray.

mod fetched;
#[path = "../support/model_server.rs"]
mod model_server;
mod providers;
mod refused;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::web::{Addresses, FetchLimits, Fetcher, WebError};
use model_server::{Server, head};

fn within(seconds: u64) -> Context {
    Context::until(Instant::now() + Duration::from_secs(seconds))
}

/// A fetcher for which some servers of the test are public.
fn fetcher(servers: &[&Server]) -> Fetcher {
    limited(servers, FetchLimits { time: Duration::from_secs(60), ..FetchLimits::default() })
}

fn limited(servers: &[&Server], limits: FetchLimits) -> Fetcher {
    Fetcher::new(limits).allowing(Addresses::PublicAnd(servers.iter().map(|server| server.address).collect()))
}

/// Address of a page on a server.
fn at(server: &Server, path: &str) -> String {
    format!("http://{}/{path}", server.address)
}

/// A server whose every page has a head and a body.
fn serve(kind: &'static str, body: impl Into<Vec<u8>>) -> Server {
    let body = body.into();
    Server::start(move |_, _, stream| {
        head(stream, "200 OK", kind)?;
        stream.write_all(&body)
    })
}

/// A server that says something and then waits for the client to hang up, of which it tells.
fn stalled(said: &'static str) -> (Server, Arc<AtomicBool>) {
    let hung_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&hung_up);
    let server = Server::start(move |_, _, stream| {
        stream.write_all(said.as_bytes())?;
        wait(stream);
        seen.store(true, Ordering::Relaxed);
        Ok(())
    });
    (server, hung_up)
}

/// Until the client's side is closed.
fn wait(stream: &mut TcpStream) {
    while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
}

/// A call is given up by its server, once that has the request.
fn given_up<T>(call: impl FnOnce(&Context, &Server) -> Result<T, WebError>) -> Option<WebError> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let server = Server::start(move |_, _, stream| {
        raised.store(true, Ordering::Relaxed);
        wait(stream);
        Ok(())
    });
    call(&Context::unbounded().cancelled_by(flag), &server).err()
}
