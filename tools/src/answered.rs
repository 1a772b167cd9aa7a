//! Answers for people, from the object that `POST /v1/answer` replies with: the text with numbers of its citations, these
//! with where they stand, and how it came about.

use std::io::{self, Write};

use maxsimd_server::wire::marked;
use serde_json::Value;

use crate::corpus::printable;

/// Prints an answer.
pub fn print(out: &mut impl Write, answer: &Value) -> io::Result<()> {
    let decision = &answer["decision"];
    let percent = |value: &Value| 100.0 * value.as_f64().unwrap_or_default();
    let sure = percent(&decision["confidence"]);
    match decision["path"].as_str() {
        Some("abstained") => {
            let asked = percent(&decision["threshold"]);
            writeln!(
                out,
                "Nothing in the collection seems to answer that ({sure:.0} % sure that something does, {asked:.0} % are asked for)."
            )?;
        }
        path => {
            cited(out, answer)?;
            let by = match path {
                Some("generated") => format!("written by {}, and checked", text(&decision["generator"])),
                _ => "quoted, no language model wrote it".to_owned(),
            };
            writeln!(out, "\n{sure:.0} % sure that this answers it; {by}")?;
        }
    }
    if let Some(question) = decision["standalone_question"].as_str() {
        writeln!(out, "looked for {:?}", printable(question))?;
    }
    for degraded in list(&answer["degraded"]) {
        writeln!(out, "{} instead, because {}", text(&degraded["fallback"]), text(&degraded["detail"]))?;
    }
    if decision["path"] == "abstained" && !list(&answer["contexts"]).is_empty() {
        let near: Vec<String> =
            list(&answer["contexts"]).iter().take(NEAREST).map(|hit| text(&hit["passage_id"])).collect();
        writeln!(out, "nearest: {}", near.join(", "))?;
    }
    for chosen in list(&decision["chosen"]) {
        writeln!(out, "{}: {} ({})", text(&chosen["stage"]), text(&chosen["choice"]), text(&chosen["reason"]))?;
    }
    let steps = list(&answer["trace"]);
    if steps.iter().any(|step| told(step).next().is_some()) {
        return steps.iter().try_for_each(|one| {
            writeln!(out, "{}", step(one))?;
            told(one).try_for_each(|(name, text)| writeln!(out, "    {name}: {text}"))
        });
    }
    let steps: Vec<String> = steps.iter().map(step).collect();
    match steps.is_empty() {
        true => Ok(()),
        false => writeln!(out, "{}", steps.join(" -> ")),
    }
}

/// Passages that are named where nothing answers.
const NEAREST: usize = 3;
/// Bytes of a text of a step, and members of a list, that are shown.
const SHOWN: usize = 300;
const MEMBERS: usize = 8;

/// Texts and lists of a step, each in a line.
fn told(step: &Value) -> impl Iterator<Item = (&str, String)> {
    let members = step.as_object().into_iter().flatten().filter(|(name, _)| name.as_str() != "stage");
    members.filter_map(|(name, value)| {
        let shown = match value {
            Value::String(text) => text.clone(),
            Value::Array(list) if !list.is_empty() => {
                list.iter().take(MEMBERS).map(brief).collect::<Vec<_>>().join(" | ")
            }
            _ => return None,
        };
        let shown = one_line(&shown);
        Some((name.as_str(), printable(&shown[..shown.floor_char_boundary(SHOWN)])))
    })
}

/// A member of a list: a text, or the values of an object.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => format!("{:.2}", number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.iter().map(brief).collect::<Vec<_>>().join(" "),
        Value::Object(members) => members.values().map(brief).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn cited(out: &mut impl Write, answer: &Value) -> io::Result<()> {
    let citations = list(&answer["citations"]);
    let at = |value: &Value| value.as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
    let numbers = (1..).zip(citations).map(|(number, citation)| (at(&citation["answer_end"]), format!(" [{number}]")));
    let strange = list(&answer["unsupported"]).iter().map(|range| (at(&range[1]), " [unsupported]".to_owned()));
    let said = marked(answer["answer"].as_str().unwrap_or_default(), numbers.chain(strange).collect());
    writeln!(out, "{}\n", printable(&one_line(&said)))?;
    for (number, citation) in (1..).zip(citations) {
        let (start, end) = (at(&citation["start"]), at(&citation["end"]));
        let quote = one_line(citation["quote"].as_str().unwrap_or_default());
        writeln!(out, "[{number}] {} bytes {start}-{end}: {}", text(&citation["passage_id"]), printable(&quote))?;
    }
    Ok(())
}

/// What was done, how long it took, and the numbers of it.
fn step(step: &Value) -> String {
    let shown = |(name, value): (&String, &Value)| {
        let counts = value.is_number() && name != "ms";
        counts.then(|| format!("{name} {}", brief(value)))
    };
    let numbers: Vec<String> = step.as_object().into_iter().flatten().filter_map(shown).collect();
    let (stage, ms) = (text(&step["stage"]), step["ms"].as_f64().unwrap_or_default());
    match numbers.is_empty() {
        true => format!("{stage} {ms:.0} ms"),
        false => format!("{stage} {ms:.0} ms ({})", numbers.join(", ")),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    printable(value.as_str().unwrap_or_default())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
