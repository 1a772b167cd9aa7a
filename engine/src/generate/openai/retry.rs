//! Asking again: twice, after a pause with jitter or as long as the server says, as far as the deadline goes.

use std::time::{Duration, SystemTime};

use super::super::GeneratorError;
use crate::Context;

const RETRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(200);
/// Whoever wants to be left alone for longer is.
const MOST_PAUSE: Duration = Duration::from_secs(5);

/// Asks until it works, or no more makes sense. An error comes with whether it may be asked again.
pub(super) fn patiently<T>(
    context: &Context,
    mut ask: impl FnMut() -> Result<T, (GeneratorError, bool)>,
) -> Result<T, GeneratorError> {
    let mut tried = 0;
    loop {
        let (error, again) = match ask() {
            Ok(done) => return Ok(done),
            Err(failed) => failed,
        };
        let pause = match &error {
            GeneratorError::Busy { wait: Some(wait), .. } => *wait,
            GeneratorError::Busy { wait: None, .. }
            | GeneratorError::Unreachable { .. }
            | GeneratorError::CutOff { .. } => jittered(PAUSE * 2_u32.pow(tried)),
            _ => return Err(error),
        };
        let late = context.remaining().is_some_and(|remaining| remaining <= pause);
        if !again || late || pause > MOST_PAUSE || tried == RETRIES {
            return Err(error);
        }
        tried += 1;
        sleep(context, pause)?;
    }
}

/// From half to all of a pause, so that those who were refused together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    pause / 2 + pause.mul_f64(f64::from(now.subsec_nanos() % 1_000_000) / 2e6)
}

fn sleep(context: &Context, pause: Duration) -> Result<(), GeneratorError> {
    let mut left = pause;
    while !left.is_zero() {
        if context.cancelled() {
            return Err(GeneratorError::Cancelled);
        }
        let nap = left.min(crate::http::LOOK);
        std::thread::sleep(nap);
        left -= nap;
    }
    Ok(())
}
