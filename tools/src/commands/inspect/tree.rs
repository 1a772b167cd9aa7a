//! `maxsim inspect --tree`: layers of all trees, or one document's tree, as text, JSON or a picture.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use maxsimd_engine::Context;
use maxsimd_engine::collection::{Coverage, Generation, Tree, TreeNode};

use crate::corpus::printable;
use crate::drawing::svg;
use crate::out::{Out, stdout};

/// Layers that are shown; no tree has more.
const DEEPEST: usize = 64;
/// Characters of a node that are shown.
const SNIPPET: usize = 90;

/// Prints the layers of all trees.
pub(super) fn layers(generation: &Generation, json: bool) -> anyhow::Result<()> {
    let found = generation.layers(&Context::unbounded())?;
    let out = &mut stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string(&found)?)?;
        return Ok(());
    }
    writeln!(out, "{} of {} documents have a tree", found.trees, generation.description().documents)?;
    for layer in found.layers.iter().rev() {
        let name = if layer.layer == 0 { "passages".to_owned() } else { format!("layer {}", layer.layer) };
        let tokens = layer.tokens as f64 / layer.nodes.max(1) as f64;
        writeln!(out, "{name:<10}{:>10} nodes{:>12} token vectors, {tokens:.0} each", layer.nodes, layer.tokens)?;
    }
    if let Some(Coverage { nodes, dead, documents, uncovered, gone }) = found.across {
        writeln!(out, "across documents: {nodes} nodes over {documents}; {uncovered} came since, {gone} are gone")?;
        if dead > 0 {
            writeln!(out, "{dead} nodes quote what is gone, and are not searched until the tree is mended")?;
        }
    }
    Ok(())
}

/// Prints the tree of a document, and draws it.
pub(super) fn document(generation: &Generation, id: &str, json: bool, picture: Option<&Path>) -> anyhow::Result<()> {
    let tree = generation.tree(id)?.with_context(|| format!("no document is called {id:?}"))?;
    show(&tree, json, picture)
}

/// The same with the tree across documents.
pub(super) fn across(generation: &Generation, json: bool, picture: Option<&Path>) -> anyhow::Result<()> {
    let tree = generation.tree_across(&Context::unbounded(), usize::MAX)?;
    let tree = tree.context("it has no tree across documents; `maxsim build --raptor --across` makes one, and `maxsim compact` where there is to be one")?;
    show(&tree, json, picture)
}

fn show(tree: &Tree, json: bool, picture: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = picture {
        std::fs::write(path, svg(tree)).with_context(|| path.display().to_string())?;
    }
    let out = &mut stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string(tree)?)?;
        return Ok(());
    }
    let named = tree.by_id();
    let below: HashSet<&String> = tree.nodes.iter().flat_map(|node| &node.children).collect();
    tree.nodes.iter().filter(|node| !below.contains(&node.id)).try_for_each(|root| print(out, &named, root, 0))?;
    Ok(())
}

fn print(out: &mut Out, named: &HashMap<&str, &TreeNode>, node: &TreeNode, depth: usize) -> io::Result<()> {
    if depth > DEEPEST {
        return Ok(());
    }
    let words = node.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let snippet: String = words.chars().take(SNIPPET).collect();
    writeln!(out, "{:indent$}{}  {}", "", printable(&node.id), printable(&snippet), indent = 2 * depth)?;
    let mut children = node.children.iter().filter_map(|child| named.get(child.as_str()));
    children.try_for_each(|child| print(out, named, child, depth + 1))
}
