//! An encoder whose vectors are a function of the text, and that can be held up to keep workers busy.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use maxsimd_engine::encode::{Encoded, Encoder, Fingerprint};
use maxsimd_engine::{Context, Error, Result};

use crate::collection::{WIDTH, vectors};

#[derive(Debug, Default)]
struct Gate {
    closed: bool,
    inside: usize,
    given_up: usize,
}

#[derive(Debug)]
pub(crate) struct GatedEncoder {
    fingerprint: Fingerprint,
    gate: Mutex<Gate>,
    changed: Condvar,
}

impl GatedEncoder {
    pub(crate) fn new() -> Self {
        Self { fingerprint: Fingerprint("5eed".into()), gate: Mutex::default(), changed: Condvar::new() }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Gate) -> T) -> T {
        let result = change(&mut self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
        result
    }

    /// From now on queries wait inside.
    pub(crate) fn close(&self) {
        self.change(|gate| gate.closed = true);
    }

    pub(crate) fn open(&self) {
        self.change(|gate| gate.closed = false);
    }

    /// Waits until so many queries are inside.
    pub(crate) fn wait_inside(&self, count: usize) {
        self.wait(|gate| gate.inside >= count);
    }

    /// Waits until so many queries were cancelled inside.
    pub(crate) fn wait_given_up(&self, count: usize) {
        self.wait(|gate| gate.given_up >= count);
    }

    fn wait(&self, until: impl Fn(&Gate) -> bool) {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(gate, |gate| !until(gate)));
    }

    fn pass(&self, context: &Context) -> Result<()> {
        self.change(|gate| gate.inside += 1);
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let mut result = Ok(());
        while gate.closed && result.is_ok() {
            let tick = Duration::from_millis(1);
            gate = self.changed.wait_timeout(gate, tick).unwrap_or_else(PoisonError::into_inner).0;
            result = context.check();
        }
        gate.inside -= 1;
        gate.given_up += usize::from(result.is_err());
        drop(gate);
        self.changed.notify_all();
        result
    }
}

impl Encoder for GatedEncoder {
    fn name(&self) -> &str {
        "seeded"
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn width(&self) -> usize {
        WIDTH
    }

    fn encode_queries(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.pass(context)?;
        assert!(!texts.contains(&"panic"), "on purpose");
        encoded(texts)
    }

    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.pass(context)?;
        if texts.iter().any(|text| text.contains("never to be encoded")) {
            return Err(Error::Runtime { message: "on purpose".to_owned() });
        }
        encoded(texts)
    }

    fn passage_starts(&self, context: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>> {
        Ok(self.encode_passages(context, texts)?.into_iter().map(|encoded| encoded.starts).collect())
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(text.len())
    }

    fn token_starts(&self, text: &str) -> Result<Vec<usize>> {
        Ok((0..text.len()).collect())
    }
}

fn encoded(texts: &[&str]) -> Result<Vec<Encoded>> {
    let encode = |text: &&str| {
        let vectors = vectors(text, 4);
        Encoded { starts: vec![None; vectors.rows()], vectors, truncated_tokens: 0 }
    };
    Ok(texts.iter().map(encode).collect())
}
