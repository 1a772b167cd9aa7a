//! Strategy `traversal`: from the roots of the trees down, the best nodes of each layer open their children (RAPTOR,
//! section 3, tree traversal).

use std::collections::{BTreeSet, HashSet};

use super::top_k::TopK;
use super::{Place, Search};
use crate::codes::CodedQuery;
use crate::format::{DocumentRecord, NodeKind, Section};
use crate::{Error, Result, Stage, kernels};

impl Search<'_> {
    /// Offers the best of each layer that are of the scope.
    pub(super) fn traverse(&mut self, query: &mut CodedQuery, per_layer: usize) -> Result<()> {
        let (context, generation) = (self.context, self.generation);
        context.stage(Stage::Score, || {
            let mut layer = self.roots()?;
            let reach = query.rotated().iter_rows().map(|row| kernels::dot(row, row).sqrt() as f32).sum();
            while !layer.is_empty() {
                let mut best = TopK::new(per_layer, None);
                let scored = self.with(&mut best).score_places(query, &layer);
                let best = best.into_best();
                for scored in &best {
                    let segment = &generation.parts()[scored.part].segment;
                    if segment.nodes() == 0 || segment.in_scope(self.scope)?.contains(scored.passage) {
                        self.top.offer((scored.part, scored.passage), scored.score, || Ok(scored.key))?;
                    }
                }
                scored?;
                let mut below = BTreeSet::new();
                for scored in &best {
                    self.children((scored.part, scored.passage), (scored.score, reach), &mut below)?;
                }
                layer = below.into_iter().collect();
            }
            Ok(())
        })
    }

    /// The topmost nodes of the tree across documents, and of every tree that is not below it; passages of documents
    /// without one.
    fn roots(&self) -> Result<Vec<Place>> {
        let generation = self.generation;
        let passes = |at: usize, row| self.passing.is_none_or(|passing| passing.part(at).contains(row));
        let mut roots = Vec::new();
        let mut covered: HashSet<u64> = HashSet::new();
        if let Some((at, part)) = generation.across() {
            // None of them passes a filter.
            let nodes: Vec<_> = generation.nodes_across()?.into_iter().filter(|(row, _)| passes(at, *row)).collect();
            for (_, node) in &nodes {
                covered.extend(node.children()?);
            }
            for (row, _) in nodes {
                if !covered.contains(&part.segment.passage(row)?.key) {
                    roots.push((at, row));
                }
            }
        }
        for (at, part) in generation.segments().iter().enumerate() {
            self.context.check()?;
            let segment = &part.segment;
            for number in 0..segment.header().documents as usize {
                let document: DocumentRecord = segment.document(number)?;
                if !passes(at, segment.checked_rows(&document)?.start) {
                    continue;
                }
                for row in generation.roots(at, &document)? {
                    if covered.is_empty() || !covered.contains(&segment.passage(row)?.key) {
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
        if node.kind()? == NodeKind::Quotes {
            for key in node.children()? {
                // A document may be gone since.
                let child = self.generation.row_of(*key)?.filter(|(at, row)| !self.generation.is_deleted(*at, *row));
                if child.is_some_and(|child| child >= (at, row)) {
                    let (expected, found) = (format!("children before row {row}"), key.to_string());
                    return Err(segment.sections().corrupt(Section::NodeKeys, &expected, &found));
                }
                below.extend(child);
            }
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
