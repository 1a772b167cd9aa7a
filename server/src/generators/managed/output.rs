//! What the child prints: read to its end, so that it never waits; logged by the line; the last of it kept for errors.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Mutex, PoisonError};

/// Bytes of a line; what is longer is several.
const LINE_BYTES: u64 = 1024;
/// Lines that are kept.
const LINES: usize = 5;

/// The last lines of a child.
#[derive(Debug, Default)]
pub(super) struct LastLines(Mutex<VecDeque<String>>);

impl LastLines {
    /// Reads a pipe to its end.
    pub(super) fn drain(&self, pipe: impl Read) {
        let (mut pipe, mut line) = (BufReader::new(pipe), Vec::new());
        while let Ok(1..) = pipe.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if !text.is_empty() {
                tracing::debug!(line = ?text, "the generator printed");
                self.keep(text);
            }
        }
    }

    fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// All in one line, for an error.
    pub(super) fn told(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.is_empty() {
            true => "it said nothing".to_owned(),
            false => format!("it said last: {}", lines.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_whatever_is_printed() {
        let lines = LastLines::default();
        assert_eq!(lines.told(), "it said nothing");
        let much = (0..1000).map(|i| format!("line {i}\n\n")).collect::<String>();
        lines.drain(much.as_bytes());
        assert_eq!(lines.told(), "it said last: line 995 | line 996 | line 997 | line 998 | line 999");
        lines.drain(std::io::repeat(0xff).take(1 << 20));
        assert!(lines.told().len() < 5 * 3 * 1024 + 100);
    }
}
