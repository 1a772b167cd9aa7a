//! The layer that compares `Host` and `Origin` with what is known.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Sites;
use super::sites::{is_loopback, name_of};
use crate::Instance;
use crate::error::{Code, Problem};

pub(crate) async fn guard(State(instance): State<Arc<Instance>>, request: Request, next: Next) -> Response {
    match check(&instance.sites, instance.listen.ip().is_loopback(), &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(sites: &Sites, on_loopback: bool, request: &Request) -> Result<(), Problem> {
    let host = single(request.headers(), &header::HOST)?;
    let authorities = [request.uri().authority().map(Authority::as_str), host];
    if let Some(other) = authorities.into_iter().flatten().find(|other| !sites.knows_host(other, on_loopback)) {
        let detail =
            format!("{other:.80?} is not known as a name of this daemon; --allow-host tells it, or use its address");
        return Err(Problem::new(Code::HostNotAllowed, detail));
    }
    let Some(origin) = single(request.headers(), &header::ORIGIN)? else { return Ok(()) };
    let page = origin.split_once("://").map(|(_, authority)| authority);
    // Which port and which scheme a proxy before the daemon has, the daemon does not know.
    let asked = authorities.into_iter().flatten().next().and_then(name_of);
    let own = asked.is_some() && page.and_then(name_of) == asked;
    let local = on_loopback && page.is_some_and(is_loopback);
    if own || local || sites.names_origin(origin) {
        return Ok(());
    }
    let detail = format!("pages of {origin:.80?} may not use this daemon; --allow-origin lets them");
    Err(Problem::new(Code::OriginNotAllowed, detail))
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
