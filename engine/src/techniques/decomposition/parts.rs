//! Steps as parts of the question (Zhou et al. 2022): each is looked for and answered; the question itself comes last.

use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use super::rounds::Rounds;
use crate::Result;
use crate::answer::{Event, Found, Note, Query, Retrieved, Run, Task, Wanted, best_sentence, names, shown};

/// Passages of each part, and those of them that a generator sees.
const EACH: usize = 10;
const SEEN: usize = 4;
/// Tokens of all parts, and of a part's answer.
const TOKENS: u32 = 160;
const ANSWER_TOKENS: u32 = 64;
/// Words of a part at least.
const LEAST: usize = 2;

const TASK: &str = "You get a question that cannot be answered in one step. Write the simpler questions that have to be answered \
                    first, in the order in which that is possible, each understandable by itself. Write one question to a line \
                    and nothing else.";
const ANSWER: &str = "You answer a question from passages, in one short sentence, with nothing but what they say. If they do not \
                      say it, write NOT FOUND.";

/// Contexts of all parts; a part may know what was found to those before it.
pub(super) fn find(run: &mut Run<'_>, question: &str, (most, in_turn): (usize, bool)) -> Result<Found> {
    let task = Task { system: TASK, user: format!("Question: {question}"), max_tokens: TOKENS, temperature: 0.0 };
    let lines = run.queries("decompose", &task, (&[question], most));
    let (by, parts, dropped) = match lines {
        Some(lines) => ("generator", lines.queries, lines.dropped),
        None => ("rules", split(question, most), Vec::new()),
    };
    run.note("decompose", json!({"by": by, "parts": parts, "dropped": dropped}));
    let mut rounds = Rounds::begin(&run.retrieve(&run.pool(Query::of(question), EACH))?);
    let mut notes: Vec<Note> = Vec::new();
    for part in parts {
        // The first part needs nothing that was found.
        if in_turn && !run.iterate() {
            break;
        }
        let before = notes.last().filter(|_| in_turn);
        let query = before.map_or_else(|| part.clone(), |note| carried(&part, &note.answer));
        let wanted = Wanted { queries: vec![Query::of(query)], ..run.pool(rounds.found.question.clone(), EACH) };
        let own = run.retrieve(&wanted)?;
        let known = if in_turn { notes.as_slice() } else { &[] };
        let note = Note { answer: answered(run, (&part, known), &own)?, question: part };
        run.tell(Event::Note(&note));
        notes.push(note);
        rounds.add(own);
    }
    run.note("parts", json!({"notes": notes}));
    notes.retain(|note| !note.answer.is_empty());
    Ok(Found { notes, ..rounds.packed(run)?.into() })
}

/// A part with the names of what was found before it.
fn carried(part: &str, answer: &str) -> String {
    let known = part.to_lowercase();
    let new: Vec<&str> = names(answer).into_iter().filter(|name| !known.contains(&name.to_lowercase())).collect();
    if new.is_empty() { part.to_owned() } else { format!("{part} ({})", new.join(", ")) }
}

/// What was found to a part: a generator's sentence, else the best of the passages.
fn answered(run: &mut Run<'_>, (part, notes): (&str, &[Note]), own: &Retrieved) -> Result<String> {
    let numbers: Vec<usize> = (0..own.contexts.hits().len().min(SEEN)).collect();
    let passages = shown(part, &own.contexts, &numbers);
    let known: String = notes.iter().map(|note| format!("{} {}\n", note.question, note.answer)).collect();
    let user = format!("{passages}\n{known}Question: {part}");
    let task = Task { system: ANSWER, user, max_tokens: ANSWER_TOKENS, temperature: 0.0 };
    match run.think("sub_answer", &task) {
        Some(text) if text.to_uppercase().contains("NOT FOUND") => Ok(String::new()),
        Some(text) if !text.trim().is_empty() => Ok(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => best_sentence(run, part, own),
    }
}

/// Parts of a question by its words: what is compared, clauses inside, and sentences of their own.
fn split(question: &str, most: usize) -> Vec<String> {
    let mut parts = compared(question);
    if parts.is_empty() {
        parts = clauses(question);
    }
    parts.retain(|part| part.unicode_words().count() >= LEAST);
    parts.truncate(most);
    parts
}

/// `difference between A and B`, `A or B`, `A versus B`: the question with one of them at a time.
fn compared(question: &str) -> Vec<String> {
    const BETWEEN: &str = " between ";
    for conjunction in [" versus ", " vs. ", " vs ", " or "] {
        if let Some((before, after)) = question.split_once(conjunction) {
            return vec![before.trim().to_owned(), ends(after)];
        }
    }
    match question.split_once(BETWEEN).and_then(|(_, both)| both.split_once(" and ")) {
        Some((one, other)) => vec![ends(one), ends(other)],
        None => Vec::new(),
    }
}

/// What a relative pronoun or a conjunction begins, the innermost first, and what stands before it.
fn clauses(question: &str) -> Vec<String> {
    const BEGINS: [&str; 9] = ["where", "that", "which", "who", "whose", "when", "and", "before", "after"];
    let words: Vec<(usize, &str)> = question.unicode_word_indices().collect();
    let begins = words.iter().skip(2).filter(|(_, word)| BEGINS.contains(&word.to_lowercase().as_str()));
    let mut cuts: Vec<usize> = begins.map(|(start, _)| *start).collect();
    cuts.insert(0, 0);
    cuts.push(question.len());
    let part = |pair: &[usize]| ends(&question[pair[0]..pair[1]]);
    let mut parts: Vec<String> = cuts.windows(2).map(part).collect();
    parts.reverse();
    if parts.len() < 2 { Vec::new() } else { parts }
}

fn ends(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || ",;:?.".contains(c)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_split_where_clauses_begin_and_where_things_are_compared() {
        let parts = |question: &str| split(question, 5);
        assert_eq!(
            parts("What is the seat of the county where Van Hook Township is located?"),
            ["where Van Hook Township is located", "What is the seat of the county"]
        );
        assert_eq!(parts("What is the difference between WARP and PLAID engines?"), ["PLAID engines"]);
        assert_eq!(
            parts("Is the dam at Hoover or the dam at Aswan older?"),
            ["Is the dam at Hoover", "the dam at Aswan older"]
        );
        assert_eq!(parts("Who built the tower?"), Vec::<String>::new());
    }

    #[test]
    fn names_of_an_answer_are_carried_on() {
        assert_eq!(
            carried("What is its capital?", "It lies in Mountrail County."),
            "What is its capital? (Mountrail County)"
        );
        assert_eq!(carried("Where is Paris?", "Paris is large."), "Where is Paris?");
    }
}
