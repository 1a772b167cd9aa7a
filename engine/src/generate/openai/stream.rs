//! Server-sent events of a streamed reply: `data:` lines up to `[DONE]`, of bounded length and number.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use super::super::{Finish, GeneratorError, TokenUsage, Written};
use super::body::Completion;
use super::{TEXT_PER_TOKEN, cut_off};

/// Bytes of an event, and of events for each token that a reply may have. Some servers send a hundred fields a token.
const MOST_LINE: u64 = 256 * 1024;
const BYTES_PER_TOKEN: u64 = 4096;

/// Reads a stream to its end, or until it is longer than was asked for.
pub(super) fn read(
    stream: impl Read,
    max_tokens: u32,
    silence: Duration,
    tell: &mut dyn FnMut(&str),
) -> Result<Written, GeneratorError> {
    let most = MOST_LINE + BYTES_PER_TOKEN * u64::from(max_tokens);
    let mut lines = BufReader::new(stream.take(most));
    let mut written = Written { text: String::new(), finish: Finish::Stop, usage: TokenUsage::default() };
    let (mut line, mut pieces, mut finished, mut done) = (Vec::new(), 0, false, false);
    while !done {
        match next_line(&mut lines, &mut line, silence) {
            Ok(true) => {}
            Ok(false) => break,
            // The text is there, whatever the server still keeps the connection for.
            Err(_) if finished => break,
            Err(error) => return Err(error),
        }
        let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) else { continue };
        if data == b"[DONE]" {
            done = true;
            continue;
        }
        let event = Completion::parse(data)?;
        if event.has_usage() {
            written.usage = event.usage();
        }
        if let Some(finish) = event.finish() {
            (written.finish, finished) = (finish, true);
        }
        let piece = event.text();
        if piece.is_empty() {
            continue;
        }
        pieces += 1;
        // It goes on and on.
        if pieces > max_tokens || written.text.len() + piece.len() > TEXT_PER_TOKEN * max_tokens as usize {
            written.finish = Finish::Length;
            return Ok(counted(written, pieces));
        }
        tell(piece);
        written.text.push_str(piece);
    }
    if !done && !finished {
        return Err(GeneratorError::CutOff { reason: "the stream ended before its text".to_owned() });
    }
    match written.text.trim().is_empty() {
        true => Err(GeneratorError::Empty),
        false => Ok(counted(written, pieces)),
    }
}

/// With the tokens counted here where the server does not say.
fn counted(mut written: Written, pieces: u32) -> Written {
    if written.usage.completion == 0 {
        written.usage.completion = u64::from(pieces);
    }
    written
}

/// The next line without its end; false at the end of the stream.
fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>, silence: Duration) -> Result<bool, GeneratorError> {
    line.clear();
    let read = lines.take(MOST_LINE).read_until(b'\n', line).map_err(|error| cut_off(&error, silence))?;
    if read as u64 == MOST_LINE {
        return Err(GeneratorError::Unreadable { reason: format!("an event is longer than {MOST_LINE} bytes") });
    }
    while line.last().is_some_and(u8::is_ascii_whitespace) {
        line.pop();
    }
    Ok(read > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(stream: &str, max_tokens: u32) -> (Result<Written, GeneratorError>, String) {
        let mut told = String::new();
        let read = read(stream.as_bytes(), max_tokens, Duration::from_secs(1), &mut |piece| told.push_str(piece));
        (read, told)
    }

    fn pieces(pieces: &[&str], end: &str) -> String {
        let event = |piece: &&str| {
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{}}}}}]}}\n\n", serde_json::json!(piece))
        };
        pieces.iter().map(event).collect::<String>() + end
    }

    #[test]
    fn pieces_are_told_as_they_come_and_are_the_text() {
        let stream = ": comment\r\n\r\n".to_owned()
            + &pieces(&["The ", "moon", ""], "")
            + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\r\n\r\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\ndata: junk\n";
        let (read, told) = read_all(&stream, 10);
        let usage = TokenUsage { prompt: 7, completion: 3 };
        assert_eq!(read, Ok(Written { text: "The moon".to_owned(), finish: Finish::Length, usage }));
        assert_eq!(told, "The moon");
    }

    #[test]
    fn a_stream_that_ends_before_its_text_is_cut_off() {
        for end in ["", "data: {\"choices\":", "event: ping\n\n"] {
            let (read, told) = read_all(&pieces(&["The "], end), 10);
            assert!(
                matches!(read, Err(GeneratorError::CutOff { .. } | GeneratorError::Unreadable { .. })),
                "{end}: {read:?}"
            );
            assert_eq!(told, "The ");
        }
    }

    #[test]
    fn what_goes_on_and_on_is_cut_where_it_may_end() {
        let (read, told) = read_all(&pieces(&["a "; 1000], ""), 5);
        assert_eq!(read.as_ref().map(|written| (written.finish, written.text.len())), Ok((Finish::Length, 10)));
        assert_eq!(told.len(), 10);
        let long = "x".repeat(100_000);
        assert_eq!(read_all(&pieces(&[&long], ""), 5).0.map(|written| written.text.len()), Ok(0));
        // Nothing but comments.
        let noise = ": \n".repeat(200_000);
        assert!(matches!(read_all(&noise, 5).0, Err(GeneratorError::CutOff { .. })));
        let line = format!("data: {}", "x".repeat(300_000));
        assert!(matches!(read_all(&line, 100).0, Err(GeneratorError::Unreadable { .. })));
    }

    #[test]
    fn nothing_and_errors_are_no_text() {
        assert_eq!(read_all(&pieces(&["", " \n"], "data: [DONE]\n"), 5).0, Err(GeneratorError::Empty));
        for bad in ["data: {\"error\":{\"message\":\"no\"}}\n", "data: <html>\n", "data: [1]\n"] {
            assert!(matches!(read_all(bad, 5).0, Err(GeneratorError::Unreadable { .. })), "{bad}");
        }
    }
}
