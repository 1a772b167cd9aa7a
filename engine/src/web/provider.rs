//! What providers have in common: an address that the operator names, a short query, and replies of bounded length.

use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, StatusCode};
use url::Url;

use super::call::Call;
use super::{Addresses, Secret, WebError, WebResult, clean, results};
use crate::{Context, http};

/// How long a provider may take, and bytes of its reply.
const MOST_TIME: Duration = Duration::from_secs(20);
const MOST_BYTES: u64 = 2 << 20;
/// Characters of a query; Tavily refuses longer ones.
const MOST_QUERY: usize = 400;
/// Characters that are repeated of a refusal.
const MOST_SAID: usize = 300;

/// Where a provider is asked, e.g. `http://127.0.0.1:8888/search`.
pub(super) fn endpoint(base: &str) -> Result<String, WebError> {
    let refuse = |reason: &str| WebError::RefusedUrl { url: base.to_owned(), reason: reason.to_owned() };
    let url = Url::parse(base).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(refuse("an address such as http://127.0.0.1:8888 is expected"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it may have no user's name, question mark or number sign"));
    }
    Ok(format!("{}/search", url.as_str().trim_end_matches('/')))
}

/// Who is asked, and what to do if it refuses.
#[derive(Debug)]
pub(super) struct Provider<'a> {
    pub(super) name: &'static str,
    pub(super) key: Option<&'a Secret>,
    /// Told with status 403.
    pub(super) forbidden: &'static str,
}

impl Provider<'_> {
    /// Sends a query and reads what was found.
    pub(super) fn ask(
        &self,
        context: &Context,
        (query, most): (&str, usize),
        send: impl FnOnce(&Call<'_>, &str) -> Result<Response<Body>, WebError>,
    ) -> Result<Vec<WebResult>, WebError> {
        let query = clean::line(query, MOST_QUERY);
        if query.is_empty() || most == 0 {
            return Ok(Vec::new());
        }
        Call::make(context, self.name, (&Addresses::Any, MOST_TIME), |call| {
            let response = self.accepted(send(call, &query)?)?;
            results::read(call, &call.whole(response, MOST_BYTES)?, most)
        })
    }

    fn accepted(&self, response: Response<Body>) -> Result<Response<Body>, WebError> {
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let said = match status {
            StatusCode::FORBIDDEN if !self.forbidden.is_empty() => self.forbidden.to_owned(),
            // Whoever follows one takes the key along.
            status if status.is_redirection() => "it redirects; name the address that it redirects to".to_owned(),
            _ => {
                let said = http::said(response);
                clean::line(&self.key.map_or_else(|| said.clone(), |key| key.cut_from(&said)), MOST_SAID)
            }
        };
        Err(WebError::Status { from: self.name.to_owned(), status: status.as_u16(), said })
    }
}
