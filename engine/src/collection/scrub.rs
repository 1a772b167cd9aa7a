//! Checking a mapped generation again and again, in the background: files decay also after they were read once.

use super::{Damage, Generation};
use crate::{Context, Result};

impl Generation {
    /// Checks every block of every mapped file, also those that were touched before, and calls `pause` with their number
    /// after every few MiB. Gives what is damaged, the first thing of each stretch; fails only if the context ends.
    pub fn scrub(&self, context: &Context, pause: &mut dyn FnMut(u64)) -> Result<Vec<Damage>> {
        let mut found = Vec::new();
        for file in self.sections() {
            for stretch in file.stretches() {
                context.check()?;
                let damage = stretch.sound.err().map(|error| Damage { path: file.path().to_path_buf(), error });
                found.extend(damage);
                pause(stretch.bytes.len() as u64);
            }
        }
        Ok(found)
    }
}
