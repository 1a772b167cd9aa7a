//! A tree of summaries as a picture: its layers as rows, the root on top, each node as wide as the text below it.

use std::collections::HashMap;
use std::fmt::Write;

use maxsimd_engine::collection::{Tree, TreeNode};

const WIDTH: f64 = 1200.0;
const ROW: f64 = 44.0;
const MARGIN: f64 = 90.0;
/// Characters of a node's text that its tooltip shows.
const TOOLTIP: usize = 400;

/// An SVG picture that needs nothing else.
pub fn svg(tree: &Tree) -> String {
    let top = tree.nodes.iter().map(|node| node.layer).max().unwrap_or(0);
    let end = tree.nodes.iter().map(|node| node.end).max().unwrap_or(1).max(1);
    let height = ROW * (f64::from(top) + 1.0) + 60.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"10\" y=\"24\" font-size=\"16\">{}</text>\n",
        WIDTH + MARGIN + 20.0,
        escaped(
            &tree
                .document_id
                .as_ref()
                .map_or_else(|| "across documents".to_owned(), |id| format!("{} ({id})", tree.title))
        )
    );
    let named = tree.by_id();
    for layer in (0..=top).rev() {
        let nodes: Vec<&TreeNode> = tree.nodes.iter().filter(|node| node.layer == layer).collect();
        let y = 44.0 + ROW * f64::from(top - layer);
        let name = if layer == 0 { "passages".to_owned() } else { format!("layer {layer}") };
        let _ = writeln!(out, "<text x=\"10\" y=\"{}\">{name}</text>", y + 16.0);
        let _ = writeln!(out, "<text x=\"10\" y=\"{}\" fill=\"#777\">{}</text>", y + 31.0, nodes.len());
        let color = format!("hsl({}, 60%, {}%)", 205 + 35 * layer % 150, 78);
        nodes.iter().for_each(|node| draw(&mut out, &named, node, (y, end, &color)));
    }
    out.push_str("</svg>\n");
    out
}

/// A frame from the first leaf to the last, filled where its leaves are: those of a cluster need not be neighbours.
fn draw(out: &mut String, named: &HashMap<&str, &TreeNode>, node: &TreeNode, (y, end, color): (f64, u64, &str)) {
    let place = |at: u64| MARGIN + WIDTH * at as f64 / end as f64;
    let (x, width) = (place(node.start), (place(node.end) - place(node.start)).max(1.0));
    let text: String = node.text.chars().take(TOOLTIP).collect();
    let _ = write!(out, "<g><title>{}</title>", escaped(&format!("{}, {} tokens\n{text}", node.id, node.tokens)));
    // Of a node over documents, what it quotes is not in the picture; what is right below is.
    let own = node.leaves.iter().all(|leaf| named.contains_key(leaf.as_str()));
    let filled = if own { &node.leaves } else { &node.children };
    for leaf in filled.iter().filter_map(|leaf| named.get(leaf.as_str())) {
        let (x, width) = (place(leaf.start), (place(leaf.end) - place(leaf.start)).max(0.5));
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"{color}\"/>",
            ROW - 8.0
        );
    }
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"none\" stroke=\"#456\" stroke-width=\"0.6\"/></g>",
        ROW - 8.0
    );
}

/// Text between tags, or in quotes.
pub(crate) fn escaped(text: &str) -> String {
    let visible = text.chars().filter(|c| !c.is_control() || *c == '\n');
    visible.fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_titles_and_texts_stay_text() {
        let node = |id: &str, layer, leaves: &[&str]| TreeNode {
            id: id.to_owned(),
            layer,
            children: Vec::new(),
            leaves: leaves.iter().map(|leaf| (*leaf).to_owned()).collect(),
            start: 0,
            end: 10,
            tokens: 3,
            radius: None,
            text: "</title><script>\u{1b}[1m".to_owned(),
        };
        let nodes = vec![node("d#0", 0, &["d#0"]), node("d#S0", 1, &["d#0"])];
        let drawn = svg(&Tree { document_id: Some("d&\"".to_owned()), title: "<b>".to_owned(), nodes });
        assert!(!drawn.contains("<script") && !drawn.contains("<b>") && !drawn.contains('\u{1b}'));
        assert_eq!(drawn.matches("<g>").count(), 2);
        assert!(drawn.contains("layer 1") && drawn.contains("passages"));
    }
}
