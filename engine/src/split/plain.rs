//! Plain text: paragraphs separated by blank lines.

use super::section::{Block, Body, Break, Joint, Section, blocks};

/// The whole text as one section of paragraphs.
pub(super) fn sections(text: &str) -> Vec<Section> {
    vec![Section { heading: String::new(), blocks: paragraphs(text) }]
}

fn paragraphs(text: &str) -> Vec<Block> {
    let breaks: Vec<Break> =
        after_blank_lines(text).map(|(at, _)| Break { at, before: Joint::Top, body: Body::Prose }).collect();
    blocks(text, 0..text.len(), &breaks)
}

/// Lines that follow a blank one, with their offset.
pub(super) fn after_blank_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let mut blank = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let follows = std::mem::replace(&mut blank, line.trim().is_empty()) && !blank;
        follows.then_some((start, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_end_at_blank_lines_even_if_those_hold_spaces() {
        let text = "one\ntwo\n \t\nthree\n\n\nfour";
        let found: Vec<&str> = paragraphs(text).iter().map(|b| text[b.range.clone()].trim()).collect();
        assert_eq!(found, ["one\ntwo", "three", "four"]);
    }
}
