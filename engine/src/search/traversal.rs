//! Strategy `traversal`: from the roots of the trees down, the best nodes of each layer open their children (RAPTOR,
//! section 3, tree traversal).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::top_k::{Scored, TopK};
use super::{Place, Search};
use crate::codes::CodedQuery;
use crate::format::{DocumentRecord, NodeKind, Section};
use crate::segment::Node;
use crate::{Error, Result, Stage, kernels};

impl Search<'_> {
    /// Offers the best of each layer that are of the scope: first of the tree across documents, then of those of the
    /// documents that it leads to or does not hold.
    pub(super) fn traverse(&mut self, query: &mut CodedQuery, per_layer: usize) -> Result<()> {
        let context = self.context;
        context.stage(Stage::Score, || {
            let mut layer = self.across(query, per_layer)?;
            let reach = query.rotated().iter_rows().map(|row| kernels::dot(row, row).sqrt() as f32).sum();
            while !layer.is_empty() {
                let mut below = BTreeSet::new();
                for scored in self.best(query, per_layer, &layer)? {
                    self.children((scored.part, scored.passage), (scored.score, reach), &mut below)?;
                }
                layer = below.into_iter().collect();
            }
            Ok(())
        })
    }

    /// The best of some rows, offered where they are of the scope.
    fn best(&mut self, query: &mut CodedQuery, count: usize, rows: &[Place]) -> Result<Vec<Scored>> {
        let generation = self.generation;
        let mut best = TopK::new(count, None);
        let scored = self.with(&mut best).score_places(query, rows);
        let best = best.into_best();
        for scored in &best {
            let segment = &generation.parts()[scored.part].segment;
            if segment.nodes() == 0 || segment.in_scope(self.scope)?.contains(scored.passage) {
                self.top.offer((scored.part, scored.passage), scored.score, || Ok(scored.key))?;
            }
        }
        scored.map(|()| best)
    }

    /// The topmost rows of documents below the best nodes of each layer of the tree across documents, and of those that
    /// no node is above that passes. Nodes without a parent begin in their own layer, so that only equals compete.
    fn across(&mut self, query: &mut CodedQuery, per_layer: usize) -> Result<Vec<Place>> {
        let generation = self.generation;
        let Some((at, part)) = generation.across() else { return self.roots(&HashSet::new()) };
        let passes = |row| self.passing.is_none_or(|passing| passing.part(at).contains(row));
        // None of them passes a filter.
        let nodes = generation.nodes_across(self.context)?;
        let nodes: BTreeMap<usize, Node> = nodes.into_iter().filter(|(row, _)| passes(*row)).collect();
        let mut below: HashSet<u64> = HashSet::new();
        for node in nodes.values() {
            self.context.check()?;
            below.extend(node.children()?);
        }
        let mut layers: BTreeMap<u32, BTreeSet<Place>> = BTreeMap::new();
        for (row, node) in &nodes {
            if !below.contains(&part.segment.passage(*row)?.key) {
                layers.entry(node.layer()).or_default().insert((at, *row));
            }
        }
        let mut roots: BTreeSet<Place> = self.roots(&below)?.into_iter().collect();
        while let Some((height, rows)) = layers.pop_last() {
            for scored in self.best(query, per_layer, &rows.into_iter().collect::<Vec<_>>())? {
                let Some(node) = nodes.get(&scored.passage) else { continue };
                for key in node.children()? {
                    // A document may be gone since, and a node marked.
                    let Some(child) = generation.row_of(*key)? else { continue };
                    match nodes.get(&child.1).filter(|_| child.0 == at) {
                        Some(node) if node.layer() < height => {
                            layers.entry(node.layer()).or_default().insert(child);
                        }
                        Some(_) => {
                            let (expected, found) = (format!("layers below {height}"), key.to_string());
                            return Err(part.segment.sections().corrupt(Section::NodeKeys, &expected, &found));
                        }
                        None if child.0 == at || generation.is_deleted(child.0, child.1) => {}
                        None => drop(roots.insert(child)),
                    }
                }
            }
        }
        Ok(roots.into_iter().collect())
    }

    /// The topmost nodes of each document's tree; passages of documents without one. But for those that are below
    /// something.
    fn roots(&self, below: &HashSet<u64>) -> Result<Vec<Place>> {
        let generation = self.generation;
        let mut roots = Vec::new();
        for (at, part) in generation.segments().iter().enumerate() {
            self.context.check()?;
            let segment = &part.segment;
            let passing = self.passing.map(|passing| passing.part(at));
            for number in 0..segment.header().documents as usize {
                let document: DocumentRecord = segment.document(number)?;
                let first = segment.checked_rows(&document)?.start;
                if passing.is_some_and(|passing| !passing.contains(first)) {
                    continue;
                }
                for row in generation.roots(at, &document)? {
                    if below.is_empty() || !below.contains(&segment.passage(row)?.key) {
                        roots.push((at, row));
                    }
                }
            }
        }
        Ok(roots)
    }

    /// Adds what is right below a node of some score. What is below one of token vectors scores at most so much more as
    /// each query vector, `reach` long in all, gains over its radius; where that is not enough, nothing is added.
    fn children(&self, (at, row): Place, (score, reach): (f32, f32), below: &mut BTreeSet<Place>) -> Result<()> {
        let segment = &self.generation.parts()[at].segment;
        let document = segment.document_of(&segment.passage(row)?)?;
        let Some(node) = segment.node(row, &document)? else { return Ok(()) };
        if node.kind()? == NodeKind::Medoids && score + reach * node.radius() < self.top.floor() {
            return Ok(());
        }
        for key in node.children()? {
            let missing = || segment.sections().corrupt(Section::NodeKeys, "keys of rows", &key.to_string());
            let child = segment.ordinal_of(*key)?.filter(|child| *child < row).ok_or_else(missing)?;
            below.insert((at, child));
        }
        Ok(())
    }
}

/// Refuses what a traversal cannot do.
pub(super) fn check(mode: super::Mode, per_layer: usize) -> Result<()> {
    if !matches!(mode, super::Mode::Late | super::Mode::Exhaustive) {
        let reason = "a traversal scores codes; it goes with late and exhaustive".to_owned();
        return Err(Error::ModeUnavailable { mode: mode.name(), reason });
    }
    match (1..=super::MAX_K).contains(&per_layer) {
        true => Ok(()),
        false => Err(Error::invalid("per_layer", format!("{per_layer} is not from 1 to {}", super::MAX_K))),
    }
}
