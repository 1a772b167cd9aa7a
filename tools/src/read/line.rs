//! Lines of bounded length from a stream of any length.

use std::io::{self, BufRead};

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Whole(&'a [u8]),
    /// Longer than the limit: this many bytes, which were passed over.
    TooLong(u64),
}

/// Reads lines one by one into the same buffer.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    limit: usize,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self { input, limit, buffer: Vec::new(), number: 0 }
    }

    /// Number of the line last read, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line, none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let (mut length, mut any) = (0_u64, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                break;
            }
            self.number += u64::from(!any);
            any = true;
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            length = length.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
            if part.len() <= self.limit - self.buffer.len() {
                self.buffer.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |at| at + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        let whole = u64::try_from(self.buffer.len()) == Ok(length);
        Ok(any.then(|| if whole { Line::Whole(&self.buffer) } else { Line::TooLong(length) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over_and_counted() {
        let mut lines = Lines::new(io::BufReader::with_capacity(3, &b"one\n\ntoo long\nlast"[..]), 4);
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"one")));
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"")));
        assert_eq!(lines.next().unwrap(), Some(Line::TooLong(8)));
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"last")));
        assert_eq!(lines.number(), 4);
        assert_eq!(lines.next().unwrap(), None);
    }
}
