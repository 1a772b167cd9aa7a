//! `decomposition`: chains of names, thoughts, and parts of a question. The answer stands in a passage that shares no word with
//! the question; a name leads there.

mod chain;
mod parts;
mod thoughts;

use super::*;

const ASKED: &str = "which dish do people eat where Orla Venn grew up";

fn library() -> Library {
    let mut own = vec![
        page("orla", "Orla Venn", "Orla Venn grew up in Karstbay."),
        page("karstbay", "Karstbay", "Karstbay smokes herring over beech."),
    ];
    let crowd = (0..40).map(|n| {
        page(&format!("crowd-{n}"), &format!("crowd t{n}q"), &format!("people of t{n}q eat a dish where they grew up."))
    });
    own.extend(crowd);
    Library::of(own)
}

/// With so many contexts.
fn request(k: usize) -> AnswerRequest {
    AnswerRequest { k, ..sure(ASKED) }
}

fn iterations(max_iterations: u32) -> AnswerRequest {
    let request = request(4);
    AnswerRequest { budget: Budget { max_iterations, ..request.budget }, ..request }
}
