//! Which segments are merged, and when: small ones in tiers, and those of which much is deleted.
//!
//! A segment of n passages is of class log8(n). Where eight neighbours are of a class or lower ones, as many of them
//! become one as fit into a segment, if that is at least four times as large as the largest of them; so a passage is
//! written anew four or five times before its segment is full, and a collection has at most some dozens of small segments.

use std::ops::Range;
use std::sync::PoisonError;

use super::LiveCollection;
use super::merge::{Merged, merge};
use crate::build::{SEGMENT_PASSAGES, SEGMENT_TEXT};
use crate::collection::{Generation, SegmentFiles};
use crate::format::Section;
use crate::{Context, Result};

/// Neighbours that are merged.
const RUN: usize = 8;
/// A segment is written anew once this share of its passages is deleted.
const DELETED: f64 = 0.25;

/// What compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compacted {
    /// There was nothing to do.
    Nothing,
    /// Segments became fewer, or passages that were deleted are gone.
    Merged {
        /// Segments before.
        segments: usize,
        /// Deleted passages that are not stored any more.
        purged: u64,
    },
}

/// A segment as the choice sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Weight {
    alive: usize,
    deleted: usize,
    text: usize,
}

impl LiveCollection {
    /// Does the most urgent piece of compaction, if any is due; call again until there is nothing to do.
    pub fn compact(&self, context: &Context) -> Result<Compacted> {
        let _compacting = self.compacting.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation();
        match due(&weights(&generation)) {
            Some(parts) => self.writing(|| self.merge_parts(context, &generation, parts)),
            None => Ok(Compacted::Nothing),
        }
    }

    /// Purges every deleted passage, merges all small segments, trains a router if one is due.
    pub fn compact_all(&self, context: &Context) -> Result<()> {
        while self.merge_any(context)? {}
        self.route(context, None).map(drop)
    }

    fn merge_any(&self, context: &Context) -> Result<bool> {
        let _compacting = self.compacting.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation();
        let Some(parts) = any(&weights(&generation)) else { return Ok(false) };
        self.writing(|| self.merge_parts(context, &generation, parts))?;
        Ok(true)
    }

    fn merge_parts(&self, context: &Context, generation: &Generation, parts: Range<usize>) -> Result<Compacted> {
        // Their postings may be others by the time that they are merged.
        let inputs = generation.manifest().segments[parts.clone()].iter().map(|files| &files.segment);
        let Merged { mut files, purged } = merge(context, &self.folder, generation, parts.clone())?;
        fail::fail_point!("compact.merged");
        self.publish(|now, draft| {
            // Only compaction removes segments, and there is one compaction at a time.
            let segments = &mut draft.manifest.segments;
            let same = |segments: &[SegmentFiles]| segments.iter().map(|files| &files.segment).eq(inputs.clone());
            if let Some(start) = segments.windows(inputs.len()).position(same) {
                self.follow_router(generation, now, files.as_mut())?;
                segments.splice(start..start + inputs.len(), files);
                draft.tombstones.remove_all(&purged);
            }
            Ok(())
        })?;
        Ok(Compacted::Merged { segments: parts.len(), purged: purged.len() })
    }
}

fn weights(generation: &Generation) -> Vec<Weight> {
    let weight = |(at, part): (usize, &std::sync::Arc<crate::collection::Part>)| {
        let passages = part.segment.passages();
        let alive = generation.alive().map_or(passages, |alive| alive.part(at).count_ones(..));
        let text = part.segment.sections().length(Section::Text) as usize;
        Weight { alive, deleted: passages - alive, text }
    };
    generation.segments().iter().enumerate().map(weight).collect()
}

/// The segments that should be merged now.
fn due(weights: &[Weight]) -> Option<Range<usize>> {
    let dead = |weight: &Weight| weight.deleted as f64 >= DELETED * (weight.alive + weight.deleted) as f64;
    let gone = weights.iter().position(|weight| weight.alive == 0);
    let gone = gone.map(|at| at..at + weights[at..].iter().take_while(|weight| weight.alive == 0).count());
    let tier = |class| run(weights, RUN, |weight| self::class(weight.alive) <= class, grows);
    let tiers = || (0..class(SEGMENT_PASSAGES)).find_map(tier);
    let rewritten = || weights.iter().position(|weight| weight.deleted > 0 && dead(weight)).map(|at| at..at + 1);
    gone.or_else(tiers).or_else(rewritten)
}

/// Segments that can be merged to any good.
fn any(weights: &[Weight]) -> Option<Range<usize>> {
    let small = run(weights, 2, |weight| weight.alive < SEGMENT_PASSAGES, |_| true);
    small.or_else(|| weights.iter().position(|weight| weight.deleted > 0).map(|at| at..at + 1))
}

/// Whether no passage is written anew without its segment becoming much larger.
fn grows(merged: &[Weight]) -> bool {
    let sum: usize = merged.iter().map(|weight| weight.alive).sum();
    merged.iter().all(|weight| 4 * weight.alive <= sum)
}

/// The first neighbours that are small and fit into one segment, at least two, out of at least `least` in a row.
fn run(
    weights: &[Weight],
    least: usize,
    small: impl Fn(&Weight) -> bool,
    worth: impl Fn(&[Weight]) -> bool,
) -> Option<Range<usize>> {
    let mut start = 0;
    while start < weights.len() {
        let length = weights[start..].iter().take_while(|weight| small(weight)).count();
        if length >= least {
            for first in start..start + length {
                let (mut passages, mut text) = (0, 0);
                let fits = weights[first..start + length].iter().take_while(|weight| {
                    (passages, text) = (passages + weight.alive, text + weight.text);
                    passages <= SEGMENT_PASSAGES && text <= SEGMENT_TEXT
                });
                let fitting = fits.count();
                if fitting >= 2 && worth(&weights[first..first + fitting]) {
                    return Some(first..first + fitting);
                }
            }
        }
        start += length.max(1);
    }
    None
}

/// floor(log8(passages)).
fn class(passages: usize) -> u32 {
    passages.max(1).ilog2() / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(passages: &[usize]) -> Vec<Weight> {
        passages.iter().map(|&alive| Weight { alive, deleted: 0, text: alive * 100 }).collect()
    }

    #[test]
    fn eight_small_neighbours_become_one() {
        assert_eq!(due(&alive(&[1; 7])), None);
        assert_eq!(due(&alive(&[1; 8])), Some(0..8));
        assert_eq!(due(&alive(&[4096, 1, 1, 1, 1, 1, 1, 1, 1, 4096])), Some(1..9));
        assert_eq!(due(&alive(&[1, 1, 1, 1, 4096, 1, 1, 1, 1])), None);
        assert_eq!(due(&alive(&[600; 8])), Some(0..6));
        assert_eq!(due(&alive(&[4000; 8])), None);
        // The last one would be written anew with every passage that is added.
        assert_eq!(due(&alive(&[3000, 3000, 3000, 3000, 3000, 3000, 3000, 1])), None);
    }

    #[test]
    fn segments_of_which_much_is_deleted_are_written_anew() {
        let weight = |alive, deleted| Weight { alive, deleted, text: 0 };
        assert_eq!(due(&[weight(3000, 900)]), None);
        assert_eq!(due(&[weight(3000, 900), weight(3000, 1000)]), Some(1..2));
        assert_eq!(due(&[weight(5, 0), weight(0, 9), weight(0, 1), weight(7, 0)]), Some(1..3));
        assert_eq!(any(&[weight(3000, 1)]), Some(0..1));
        assert_eq!(any(&[weight(3000, 0), weight(3000, 0)]), None);
    }

    #[test]
    fn single_passages_are_rewritten_few_times_and_stay_in_few_segments() {
        let (mut segments, mut written, mut most) = (Vec::new(), 0, 0);
        let count = 20_000;
        for _ in 0..count {
            segments.push(1);
            while let Some(parts) = due(&alive(&segments)) {
                let sum = segments[parts.clone()].iter().sum();
                written += sum;
                segments.splice(parts, [sum]);
            }
            most = most.max(segments.len());
        }
        assert_eq!(segments.iter().sum::<usize>(), count);
        assert!(most <= 40, "{most} segments");
        assert!(written <= 6 * count, "{written} passages written for {count}");
    }
}
