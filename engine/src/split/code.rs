//! Source code: blocks separated by blank lines, the better the less indented what follows.

use super::plain::after_blank_lines;
use super::section::{Block, Body, Break, Joint, Section, blocks};

/// The whole text as one section of code blocks.
pub(super) fn sections(text: &str) -> Vec<Section> {
    vec![Section { heading: String::new(), blocks: code_blocks(text) }]
}

fn code_blocks(text: &str) -> Vec<Block> {
    let begin = Break { at: 0, before: Joint::Top, body: Body::Lines };
    let inner = after_blank_lines(text).map(|(at, line)| Break { at, before: joint(line), body: Body::Lines });
    let breaks: Vec<Break> = std::iter::once(begin).chain(inner).collect();
    blocks(text, 0..text.len(), &breaks)
}

/// A line at the margin begins a top-level block, unless it closes one.
fn joint(line: &str) -> Joint {
    let at_margin = !line.starts_with([' ', '\t']);
    if at_margin && !line.starts_with(['}', ')', ']']) { Joint::Top } else { Joint::Block }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_level_blocks_part_more_readily_than_indented_ones() {
        let text = "fn a() {\n    x();\n\n    y();\n}\n\nfn b() {}\n";
        let found = code_blocks(text);
        let joints: Vec<Joint> = found.iter().map(|b| b.after).collect();
        assert_eq!(joints, [Joint::Block, Joint::Top, Joint::Top]);
        assert!(text[found[2].range.clone()].starts_with("fn b"));
    }
}
