//! Trees of the documents of a build: what is known of their passages gathers until a document is complete.

use std::sync::Arc;

use super::{BuildOptions, PassageItem};
use crate::codes::Coder;
use crate::encode::{Encoded, Encoder};
use crate::raptor::{Coding, Leaf, Raptor, Sapling, grow};
use crate::segment::CodedNode;
use crate::{Context, Result};

/// Trees to come.
#[derive(Debug)]
pub(crate) struct Forest {
    raptor: Option<Raptor>,
    seed: u64,
    keep: bool,
    /// The document whose last passage has not come yet.
    unfinished: Vec<Leaf>,
}

impl Forest {
    /// Trees of an offline build.
    pub(super) fn new(options: &BuildOptions) -> Self {
        Self::of(options.raptor, options.seed, options.keep_vectors)
    }

    /// Trees made like this, or none.
    pub(crate) fn of(raptor: Option<Raptor>, seed: u64, keep: bool) -> Self {
        Self { raptor, seed, keep, unfinished: Vec::new() }
    }

    /// Takes the next passages; the nodes of each document that ends among them.
    pub(crate) fn grow<'a>(
        &mut self,
        context: &Context,
        (encoder, coder): (&dyn Encoder, &Coder),
        passages: impl Iterator<Item = (&'a PassageItem, &'a Encoded)>,
    ) -> Result<Vec<Vec<CodedNode>>> {
        let Some(raptor) = self.raptor else { return Ok(Vec::new()) };
        let mut complete = Vec::new();
        for (item, encoded) in passages {
            self.unfinished.push(Leaf::new(item, encoded));
            if item.is_last() {
                let leaves = std::mem::take(&mut self.unfinished);
                complete.push(Sapling { document: Arc::clone(&item.document), leaves });
            }
        }
        grow(context, Coding { encoder, coder, keep: self.keep }, (raptor, self.seed), &complete)
    }
}
