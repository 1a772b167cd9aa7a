//! Markdown: sections by headings, blocks by CommonMark's block structure.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::section::{Body, Break, Joint, Section, blocks};

/// Longest heading kept in a path; each passage below stores it.
const MAX_HEADING_CHARS: usize = 120;

/// A heading line outside lists, quotes and code.
struct Heading {
    level: HeadingLevel,
    title: String,
    range: Range<usize>,
}

/// Sections in order. A heading without text of its own joins the section after it.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let (headings, mut breaks) = outline(text);
    for heading in &headings {
        breaks.push(Break { at: heading.range.start, before: Joint::Top, body: Body::Heading });
        breaks.push(Break { at: heading.range.end, before: Joint::Word, body: Body::Prose });
    }
    // Of breaks at the same place the last counts: a paragraph's rather than the end of the heading above it.
    breaks.sort_by_key(|b| (b.at, b.before));
    assemble(text, &headings, &breaks)
}

fn assemble(text: &str, headings: &[Heading], breaks: &[Break]) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut path: Vec<(HeadingLevel, &str)> = Vec::new();
    let mut rest = breaks;
    let mut push = |heading: String, range: Range<usize>| {
        let inside = rest.partition_point(|b| b.at < range.end);
        let (own, after) = rest.split_at(inside);
        rest = after;
        sections.push(Section { heading, blocks: blocks(text, range, own) });
    };
    let mut start = 0;
    let first = headings.first().map_or(text.len(), |h| h.range.start);
    if !text[..first].trim().is_empty() {
        push(String::new(), 0..first);
        start = first;
    }
    for (index, heading) in headings.iter().enumerate() {
        path.retain(|(level, _)| *level < heading.level);
        path.push((heading.level, &heading.title));
        let end = headings.get(index + 1).map_or(text.len(), |next| next.range.start);
        if end == text.len() || !text[heading.range.end..end].trim().is_empty() {
            push(joined(&path), start..end);
            start = end;
        }
    }
    fold_trailing_heading(sections)
}

/// Headings at the very end, with no text below, join the section before them.
fn fold_trailing_heading(mut sections: Vec<Section>) -> Vec<Section> {
    let Some(last) = sections.pop_if(|last| last.blocks.iter().all(|b| b.body == Body::Heading)) else {
        return sections;
    };
    match sections.last_mut() {
        Some(before) => before.blocks.extend(last.blocks),
        None => sections.push(last),
    }
    sections
}

fn joined(path: &[(HeadingLevel, &str)]) -> String {
    let titles: Vec<&str> = path.iter().map(|(_, title)| *title).filter(|title| !title.is_empty()).collect();
    titles.join(" > ")
}

/// Headings, and breaks before all other blocks, in the order of the text.
fn outline(text: &str) -> (Vec<Heading>, Vec<Break>) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut outline = Outline::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        outline.take(event, range);
    }
    (outline.headings, outline.breaks)
}

#[derive(Default)]
struct Outline {
    headings: Vec<Heading>,
    breaks: Vec<Break>,
    /// Open lists, items, quotes.
    depth: usize,
    /// The last event opened a container: its first block belongs to its marker.
    at_marker: bool,
    in_heading: bool,
}

impl Outline {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        let at_marker = std::mem::take(&mut self.at_marker);
        match event {
            Event::Start(Tag::Heading { level, .. }) if self.depth == 0 => {
                self.in_heading = true;
                self.headings.push(Heading { level, title: String::new(), range });
            }
            Event::End(TagEnd::Heading(_)) => self.in_heading = false,
            Event::Text(words) | Event::Code(words) if self.in_heading => self.lengthen(&words),
            Event::SoftBreak | Event::HardBreak if self.in_heading => self.lengthen(" "),
            Event::Start(tag) => self.open(&tag, range.start, at_marker),
            Event::End(TagEnd::List(_) | TagEnd::Item | TagEnd::BlockQuote(_)) => self.depth -= 1,
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>, at: usize, at_marker: bool) {
        let container = matches!(tag, Tag::List(_) | Tag::Item | Tag::BlockQuote(_));
        let body = match tag {
            Tag::Paragraph | Tag::Heading { .. } => Some(Body::Prose),
            Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Table(_) | Tag::MetadataBlock(_) => Some(Body::Lines),
            _ if container => Some(Body::Prose),
            _ => None,
        };
        if let Some(body) = body {
            match self.breaks.last_mut() {
                Some(last) if at_marker => last.body = body,
                _ => {
                    let before = if self.depth == 0 { Joint::Top } else { Joint::Block };
                    self.breaks.push(Break { at, before, body });
                }
            }
        }
        if container {
            self.depth += 1;
            self.at_marker = true;
        }
    }

    fn lengthen(&mut self, words: &str) {
        let Some(heading) = self.headings.last_mut() else { return };
        let room = MAX_HEADING_CHARS.saturating_sub(heading.title.chars().count());
        heading.title.extend(words.chars().take(room).map(|c| if c.is_whitespace() { ' ' } else { c }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::section::Block;
    use super::*;

    fn outline_of(text: &str) -> Vec<(String, Vec<&str>)> {
        let cut = |b: &Block| text[b.range.clone()].trim();
        sections(text).iter().map(|s| (s.heading.clone(), s.blocks.iter().map(cut).collect())).collect()
    }

    #[test]
    fn sections_carry_their_heading_path_and_begin_at_the_heading() {
        let found = outline_of("intro\n\n# A\n\none\n\n## B `x`\ntwo\n\n# C\nthree\n");
        let expected = [
            ("", vec!["intro"]),
            ("A", vec!["# A", "one"]),
            ("A > B x", vec!["## B `x`", "two"]),
            ("C", vec!["# C", "three"]),
        ];
        assert_eq!(found, expected.map(|(h, b)| (h.to_owned(), b)));
    }

    #[test]
    fn headings_in_fences_quotes_and_front_matter_open_no_section() {
        let text = "---\ntitle: x\n---\n\n# Real\n\n```sh\n# comment\n```\n\n> # quoted\n";
        let headings: Vec<String> = sections(text).into_iter().map(|s| s.heading).collect();
        assert_eq!(headings, ["", "Real"]);
    }

    #[test]
    fn a_heading_without_text_joins_what_follows_or_else_what_precedes() {
        let found = outline_of("# A\n\n## B\n\ntext\n\n## C\n");
        assert_eq!(found, [("A > B".to_owned(), vec!["# A", "## B", "text", "## C"])]);
        assert_eq!(outline_of("# Alone"), [("Alone".to_owned(), vec!["# Alone"])]);
    }

    #[test]
    fn list_items_and_tables_are_blocks_that_keep_their_markers() {
        let found = outline_of("- one\n- two\n  - inner\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        let blocks = &found[0].1;
        assert_eq!(blocks[..3], ["- one", "- two", "- inner"]);
        assert!(blocks[3].starts_with("| a | b |"), "{blocks:?}");
    }

    #[test]
    fn an_endless_heading_is_kept_short_in_the_path() {
        let text = format!("# {}\n\ntext", "word ".repeat(10_000));
        assert_eq!(sections(&text)[0].heading.chars().count(), MAX_HEADING_CHARS);
    }
}
