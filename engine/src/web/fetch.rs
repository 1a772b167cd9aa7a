//! Pages that strangers name: every address on the way is checked anew, and nothing of one goes along to the next.

use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, StatusCode, header};
use url::Url;

use super::call::Call;
use super::{Addresses, Page, WebError, page};
use crate::Context;

/// Longest address.
const MOST_URL: usize = 2000;
/// Kinds of pages, as servers are told.
const KINDS: &str = "text/html, application/xhtml+xml, text/plain;q=0.8";

/// Bounds on what one page takes.
#[derive(Debug, Clone)]
pub struct FetchLimits {
    /// Most bytes that are sent. Default 2 MiB.
    pub bytes: u64,
    /// Bytes of the text at most; longer ones are cut. Default 1 MiB.
    pub text_bytes: usize,
    /// How long it may take, redirects included. Default 10 s.
    pub time: Duration,
    /// How often it may lead elsewhere. Default 5.
    pub redirects: u32,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { bytes: 2 << 20, text_bytes: 1 << 20, time: Duration::from_secs(10), redirects: 5 }
    }
}

/// Fetches pages as text.
#[derive(Debug, Clone, Default)]
pub struct Fetcher {
    limits: FetchLimits,
    addresses: Addresses,
}

impl Fetcher {
    /// A fetcher of pages of the public internet.
    pub fn new(limits: FetchLimits) -> Self {
        Self { limits, addresses: Addresses::Public }
    }

    /// The same for pages of other machines.
    #[must_use]
    pub fn allowing(self, addresses: Addresses) -> Self {
        Self { addresses, ..self }
    }

    /// Fetches a page.
    pub fn fetch(&self, context: &Context, url: &str) -> Result<Page, WebError> {
        let first = checked(Url::parse(url), url)?;
        let from = first.host_str().unwrap_or_default().to_owned();
        Call::make(context, &from, (&self.addresses, self.limits.time), |call| self.follow(call, first))
    }

    fn follow(&self, call: &Call<'_>, first: Url) -> Result<Page, WebError> {
        let mut url = first;
        for _ in 0..=self.limits.redirects {
            let response = get(call, &url)?;
            match next(call, &url, &response)? {
                Some(next) => url = next,
                None => return page::read(call, &url, response, &self.limits),
            }
        }
        Err(WebError::TooManyRedirects { from: call.from.to_owned(), most: self.limits.redirects })
    }
}

fn get(call: &Call<'_>, url: &Url) -> Result<Response<Body>, WebError> {
    let get = call.agent.get(url.as_str()).header(header::ACCEPT, KINDS);
    get.config().timeout_global(Some(call.left()?)).build().call().map_err(|error| call.failure(error))
}

/// Where a response leads to, if it is not the page.
fn next(call: &Call<'_>, at: &Url, response: &Response<Body>) -> Result<Option<Url>, WebError> {
    use StatusCode as S;
    match response.status() {
        S::OK => Ok(None),
        S::MOVED_PERMANENTLY | S::FOUND | S::SEE_OTHER | S::TEMPORARY_REDIRECT | S::PERMANENT_REDIRECT => {
            let location = response.headers().get(header::LOCATION).and_then(|to| str::from_utf8(to.as_bytes()).ok());
            let location = location.ok_or_else(|| call.bad("it leads elsewhere and does not say where"))?;
            Ok(Some(checked(at.join(location), location)?))
        }
        // What it says is a stranger's, and helps nobody.
        status => {
            let said = status.canonical_reason().unwrap_or("nothing").to_owned();
            Err(WebError::Status { from: call.from.to_owned(), status: status.as_u16(), said })
        }
    }
}

/// The address of a page; whether its machine may be asked is seen when its name is looked up.
fn checked(url: Result<Url, url::ParseError>, text: &str) -> Result<Url, WebError> {
    let shown = || super::clean::line(text, MOST_URL);
    let wrong = |reason: &str| WebError::RefusedUrl { url: shown(), reason: reason.to_owned() };
    let mut url = url.map_err(|error| wrong(&error.to_string()))?;
    if url.as_str().len() > MOST_URL {
        return Err(wrong("it is too long"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it has a user's name"));
    }
    url.set_fragment(None);
    Ok(url)
}
