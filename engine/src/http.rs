//! What clients of HTTP have in common: who they say they are, bodies of bounded length, and calls that end when nobody
//! waits for them any more.

use std::io::{self, Read};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body};

use crate::Context;

/// Who asks.
pub(crate) const USER_AGENT: &str = concat!("maxsimd/", env!("CARGO_PKG_VERSION"));
/// How often a call is looked at for whether anybody waits for it.
pub(crate) const LOOK: Duration = Duration::from_millis(20);
/// Bytes of a refusal that are read.
const MOST_REFUSAL: u64 = 16 * 1024;

/// Does work that talks through an agent, which is shut down once nobody waits for it.
pub(crate) fn given_up_with<T>(context: &Context, agent: &Agent, work: impl FnOnce() -> T) -> T {
    let (alive, watched) = channel::<()>();
    let agent = agent.clone();
    let cancelled = context.cancellation();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while watched.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if cancelled.load(Ordering::Relaxed) {
                    agent.shutdown();
                    return;
                }
            }
        });
        let done = work();
        drop(alive);
        done
    })
}

/// A body, none if it has more bytes than it may.
pub(crate) fn whole(body: Body, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    body.into_reader().take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// The beginning of what a refusal says, in one line, for people.
pub(crate) fn said(response: Response<Body>) -> String {
    let mut said = Vec::new();
    let _ = response.into_body().into_reader().take(MOST_REFUSAL).read_to_end(&mut said);
    String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ")
}
