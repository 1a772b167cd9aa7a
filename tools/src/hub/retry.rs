//! Trying again: what may pass by itself, a bounded number of times, with growing pauses.

use std::time::Duration;

use super::error::HubError;
use super::settings::Patience;

/// Calls `attempt` until it succeeds, fails for good, or patience ends.
pub(super) fn persist<T>(
    patience: &Patience,
    report: &mut dyn FnMut(&str),
    mut attempt: impl FnMut() -> Result<T, HubError>,
) -> Result<T, HubError> {
    let mut pause = patience.pause;
    for _ in 1..patience.tries {
        let error = match attempt() {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let Some(asked) = error.pause() else { return Err(error) };
        if asked > patience.longest_pause {
            return Err(error);
        }
        let wait = asked.max(pause).min(patience.longest_pause);
        report(&format!("trying again in {:.1} s: {error}", wait.as_secs_f64()));
        std::thread::sleep(wait);
        pause = pause.saturating_mul(2);
    }
    attempt()
}

impl HubError {
    /// How long the hub asks to wait (often not at all), if the error may pass by itself.
    fn pause(&self) -> Option<Duration> {
        match self {
            Self::Busy { wait, .. } => Some(wait.unwrap_or_default()),
            Self::Truncated { .. } | Self::Range { .. } => Some(Duration::ZERO),
            Self::Unreachable { source, .. } => passes(source).then_some(Duration::ZERO),
            _ => None,
        }
    }
}

fn passes(error: &ureq::Error) -> bool {
    match error {
        // A certificate or a protocol that is refused today is refused in a minute.
        ureq::Error::Io(source) => source.kind() != std::io::ErrorKind::InvalidData,
        ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => true,
        _ => false,
    }
}

/// `Retry-After` in seconds; its other form, a date, counts as none.
pub(super) fn seconds(retry_after: &str) -> Option<Duration> {
    retry_after.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(wait: Option<Duration>) -> u32 {
        let second = Duration::from_secs(1);
        let patience = Patience { silence: second, tries: 3, pause: Duration::ZERO, longest_pause: second };
        let mut tries = 0;
        let busy = || {
            tries += 1;
            Err::<(), _>(HubError::Busy { url: String::new(), status: 429, wait })
        };
        assert!(persist(&patience, &mut |_| {}, busy).is_err());
        tries
    }

    #[test]
    fn patience_ends_after_its_tries_or_at_a_wait_that_is_too_long() {
        assert_eq!(tries(None), 3);
        assert_eq!(tries(Some(Duration::from_secs(3600))), 1);
    }

    #[test]
    fn retry_after_is_seconds_or_nothing() {
        assert_eq!(seconds(" 3 "), Some(Duration::from_secs(3)));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
