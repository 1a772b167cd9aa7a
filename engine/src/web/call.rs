//! One call: an agent that reaches only what it may, the time that the call has, and what its failures mean.

use std::io;
use std::time::{Duration, Instant};

use ureq::http::Response;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::resolve::Checked;
use super::{Addresses, WebError};
use crate::http::{USER_AGENT, given_up_with, whole};
use crate::{Context, Error};

/// How long a machine may take to accept a connection; only then is a call given up that waits for one.
const CONNECT: Duration = Duration::from_secs(5);

/// A call that is under way.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// What is asked, as errors name it.
    pub(super) from: &'a str,
    pub(super) agent: Agent,
    until: Instant,
    /// How long it may take; none if the answer has to be done before.
    own: Option<Duration>,
}

impl<'a> Call<'a> {
    /// Asks through an agent of its own, for at most so long.
    pub(super) fn make<T>(
        context: &Context,
        from: &'a str,
        (addresses, most): (&Addresses, Duration),
        ask: impl FnOnce(&Self) -> Result<T, WebError>,
    ) -> Result<T, WebError> {
        ended(context)?;
        let remaining = context.remaining().filter(|remaining| *remaining <= most);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Whoever follows them asks anew.
            .max_redirects(0)
            .proxy(None)
            .user_agent(USER_AGENT)
            // What is not packed cannot become larger than it is.
            .accept_encoding("identity")
            .timeout_connect(Some(CONNECT))
            .max_idle_connections(0)
            .build();
        let resolver = Checked { addresses: addresses.clone(), cancelled: context.cancellation() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        let own = remaining.is_none().then_some(most);
        let call = Self { from, agent, until: Instant::now() + remaining.unwrap_or(most), own };
        let done = given_up_with(context, &call.agent, || ask(&call));
        // Whatever the socket said when it was shut, this is why.
        match context.cancelled() {
            true => Err(WebError::Cancelled),
            false => done,
        }
    }

    /// Time that is left.
    pub(super) fn left(&self) -> Result<Duration, WebError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.late()) } else { Ok(left) }
    }

    /// A body of at most so many bytes; one that says that it has more is not even begun.
    pub(super) fn whole(&self, response: Response<Body>, most: u64) -> Result<Vec<u8>, WebError> {
        let too_large = || WebError::TooLarge { from: self.from.to_owned(), most };
        if response.body().content_length().is_some_and(|length| length > most) {
            return Err(too_large());
        }
        whole(response.into_body(), most).map_err(|error| self.cut_off(error))?.ok_or_else(too_large)
    }

    /// What a failure means.
    pub(super) fn failure(&self, error: ureq::Error) -> WebError {
        match error {
            ureq::Error::Other(inner) => match inner.downcast::<WebError>() {
                Ok(refused) => *refused,
                Err(other) => self.unreachable(other.to_string()),
            },
            ureq::Error::Timeout(ureq::Timeout::Connect) => {
                self.unreachable(format!("no connection after {} s", CONNECT.as_secs()))
            }
            ureq::Error::Timeout(_) => self.late(),
            ureq::Error::Protocol(_)
            | ureq::Error::Http(_)
            | ureq::Error::BadUri(_)
            | ureq::Error::LargeResponseHeader(..) => self.bad(error.to_string()),
            other => self.unreachable(other.to_string()),
        }
    }

    /// What came is not what was asked for.
    pub(super) fn bad(&self, reason: impl Into<String>) -> WebError {
        WebError::BadReply { from: self.from.to_owned(), reason: reason.into() }
    }

    /// Reading failed in the middle of a body.
    fn cut_off(&self, error: io::Error) -> WebError {
        match error.downcast::<ureq::Error>() {
            Ok(error @ ureq::Error::Timeout(_)) => self.failure(error),
            Ok(error) => self.bad(error.to_string()),
            Err(error) => self.bad(error.to_string()),
        }
    }

    fn unreachable(&self, reason: String) -> WebError {
        WebError::Unreachable { from: self.from.to_owned(), reason }
    }

    fn late(&self) -> WebError {
        match self.own {
            Some(after) => WebError::Slow { from: self.from.to_owned(), after },
            None => WebError::Deadline,
        }
    }
}

/// Fails if the call's time is over before it begins.
fn ended(context: &Context) -> Result<(), WebError> {
    match context.check() {
        Ok(()) => Ok(()),
        Err(Error::Deadline) => Err(WebError::Deadline),
        Err(_) => Err(WebError::Cancelled),
    }
}
