//! Guard of a daemon on loopback against web pages: a page whose name was made to resolve to 127.0.0.1 still sends
//! its own name as `Host` (DNS rebinding), and a page of another site sends its own `Origin`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Instance;
use crate::error::{Code, Problem};

pub(crate) async fn guard(State(instance): State<Arc<Instance>>, request: Request, next: Next) -> Response {
    match check(instance.listen, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(listen: SocketAddr, request: &Request) -> Result<(), Problem> {
    if !listen.ip().is_loopback() {
        return Ok(());
    }
    let host = single(request.headers(), &header::HOST)?;
    let authorities = [request.uri().authority().map(Authority::as_str), host];
    if let Some(other) = authorities.into_iter().flatten().find(|authority| !is_loopback(authority)) {
        let detail = format!("{:.80?} is not a name of this machine; use localhost or 127.0.0.1", other);
        return Err(Problem::new(Code::HostNotAllowed, detail));
    }
    let origin = single(request.headers(), &header::ORIGIN)?;
    let local = |origin: &str| origin.split_once("://").is_some_and(|(_, authority)| is_loopback(authority));
    match origin {
        Some(origin) if !local(origin) => {
            let detail = format!("pages of {:.80?} may not use a daemon on loopback", origin);
            Err(Problem::new(Code::OriginNotAllowed, detail))
        }
        _ => Ok(()),
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Problem::new(Code::InvalidRequest, format!("header {name} is given more than once")));
    }
    let unreadable = |_| Problem::new(Code::InvalidRequest, format!("header {name} is not ASCII"));
    first.map(|value| value.to_str().map_err(unreadable)).transpose()
}

/// Whether `HOST[:PORT]` names this machine's loopback interface.
fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let named = host.eq_ignore_ascii_case("localhost");
    !authority.as_str().contains('@') && (named || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
