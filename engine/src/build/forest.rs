//! Trees of the documents of a build: what is known of their passages gathers until a document is complete.

use std::sync::Arc;

use super::PassageItem;
use crate::codes::Coder;
use crate::encode::{Encoded, Encoder};
use crate::raptor::{Coding, Growth, Leaf, Sapling, grow};
use crate::segment::{CodedNode, CodedPassage};
use crate::{Context, Result};

/// Trees to come.
#[derive(Debug)]
pub(crate) struct Forest {
    growth: Growth,
    keep: bool,
    /// The document whose last passage has not come yet.
    unfinished: Vec<Leaf>,
    /// Its token vectors.
    tokens: usize,
}

/// A passage that was encoded and coded.
pub(crate) type Ready<'a> = (&'a PassageItem, &'a Encoded, &'a CodedPassage);

impl Forest {
    /// Trees made like this; `keep` keeps full-precision vectors of nodes.
    pub(crate) fn new(growth: Growth, keep: bool) -> Self {
        Self { growth, keep, unfinished: Vec::new(), tokens: 0 }
    }

    /// Takes the next passages; the nodes of each document that ends among them.
    pub(crate) fn grow<'a>(
        &mut self,
        context: &Context,
        (encoder, coder): (&dyn Encoder, &Coder),
        passages: impl Iterator<Item = Ready<'a>>,
    ) -> Result<Vec<Vec<CodedNode>>> {
        if !self.growth.is_some() {
            return Ok(Vec::new());
        }
        let mut complete = Vec::new();
        for (item, encoded, coded) in passages {
            let leaf = Leaf::new(item, encoded, self.growth.needs_sentences());
            let first = self.tokens;
            self.tokens += leaf.tokens();
            self.unfinished.push(match self.growth.needs_stored() {
                true => leaf.with_stored(item, encoded, coded, first),
                false => leaf,
            });
            if item.is_last() {
                let leaves = std::mem::take(&mut self.unfinished);
                self.tokens = 0;
                complete.push(Sapling { document: Arc::clone(&item.document), leaves });
            }
        }
        grow(context, Coding { encoder, coder, keep: self.keep }, self.growth, complete)
    }
}
