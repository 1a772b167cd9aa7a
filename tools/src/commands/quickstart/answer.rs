//! The daemon's answer to a question: in one piece, or as a generator writes it.

use std::io::{BufRead, BufReader, Write};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::agent;
use crate::answered;
use crate::corpus::printable;
use crate::out::stdout;

/// An answer in the documents' own words.
pub(super) fn quoted(url: &str, collection: &str, question: &str) -> anyhow::Result<Value> {
    let body = json!({"question": question, "collections": [collection], "generator": "quote"});
    Ok(agent().post(url).send_json(body)?.body_mut().read_json()?)
}

/// An answer by the small model of this machine, whose pieces are printed as they come.
pub(super) fn generated(url: &str, collection: &str, question: &str) -> anyhow::Result<Value> {
    let body = json!({
        "question": question,
        "collections": [collection],
        "generator": "managed",
        "stream": true,
        "budget": {"max_ms": 180_000},
    });
    let mut reply = agent().post(url).send_json(body)?;
    let mut name = String::new();
    let mut out = stdout();
    for line in BufReader::new(reply.body_mut().as_reader()).lines() {
        let line = line?;
        if let Some(event) = line.strip_prefix("event: ") {
            event.clone_into(&mut name);
        }
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let data: Value = serde_json::from_str(data)?;
        match name.as_str() {
            "token" => write!(out, "{}", printable(data["text"].as_str().unwrap_or_default()))?,
            "verdict" => {
                writeln!(out, "\n  checked: {} of {} sentences are supported", data["supported"], data["sentences"])?
            }
            "done" => return Ok(data),
            "error" => bail!("no answer: {}", data["detail"]),
            _ => {}
        }
        out.flush()?;
    }
    None.context("the daemon's answer was cut off")
}

/// Prints an answer, moved in.
pub(super) fn show(answer: &Value) -> anyhow::Result<()> {
    let mut text = Vec::new();
    answered::print(&mut text, answer)?;
    let mut out = stdout();
    writeln!(out)?;
    for line in String::from_utf8_lossy(&text).lines() {
        writeln!(out, "{}", if line.is_empty() { String::new() } else { format!("  {line}") })?;
    }
    Ok(())
}
