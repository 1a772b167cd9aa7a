//! Mending: which nodes of an older tree stay as they are, and which are made anew because something below them changed.

use std::collections::{HashMap, HashSet};

use super::super::cluster::MOST_CHILDREN;
use super::super::leaf::normalise;
use super::{Ground, Item, Plan};
use crate::Result;
use crate::collection::{Generation, Quote};
use crate::kernels;
use crate::segment::CodedPassage;

/// A node of the older tree.
#[derive(Debug)]
pub(super) struct Older {
    row: usize,
    key: u64,
    alive: bool,
    children: Vec<u64>,
}

/// The older tree layer by layer, from the one above documents up.
pub(super) fn layers(generation: &Generation) -> Result<Vec<Vec<Older>>> {
    let Some((at, part)) = generation.across() else { return Ok(Vec::new()) };
    let record = part.segment.document(0)?;
    let mut layers: Vec<Vec<Older>> = Vec::new();
    let mut heights: HashMap<u64, usize> = HashMap::new();
    for row in part.segment.checked_rows(&record)? {
        let Some(node) = part.segment.node(row, &record)? else { continue };
        let children = node.children()?.to_vec();
        let height = children.iter().filter_map(|child| heights.get(child)).max().map_or(0, |below| below + 1);
        let key = part.segment.passage(row)?.key;
        heights.insert(key, height);
        if layers.len() <= height {
            layers.push(Vec::new());
        }
        layers[height].push(Older { row, key, alive: !generation.is_deleted(at, row), children });
    }
    Ok(layers)
}

/// What a node that stays says, and its codes.
pub(super) fn stored(generation: &Generation, row: usize) -> Result<(Vec<Quote>, String, CodedPassage)> {
    let Some((_, part)) = generation.across() else { return Ok(Default::default()) };
    let record = part.segment.document(0)?;
    let Some(node) = part.segment.node(row, &record)? else { return Ok(Default::default()) };
    let quotes = generation.quotes(&node)?;
    let words = generation.joined_quotes(&quotes)?;
    Ok((quotes, words, part.coded(row)?))
}

/// Clusters as they were, of what is still there; what is new goes to the nearest one, and a cluster that becomes too
/// large is cut. `None` where the layer would not shrink, or nothing is left of it.
pub(super) fn plans(ground: &Ground<'_>, older: &[Older], items: &[Item]) -> Result<Option<Vec<Plan>>> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (number, item) in items.iter().enumerate() {
        if let Some(key) = item.was {
            places.entry(key).or_default().push(number);
        }
    }
    let mut taken = vec![false; items.len()];
    let mut plans: Vec<Plan> = Vec::new();
    for node in older {
        let mut same = node.alive;
        let mut members = Vec::new();
        for child in &node.children {
            let found = places.get(child).map_or(&[][..], Vec::as_slice);
            same &= matches!(found, [item] if !items[*item].fresh);
            members.extend_from_slice(found);
        }
        members.sort_unstable();
        members.dedup();
        members.iter().for_each(|&member| taken[member] = true);
        if !members.is_empty() {
            plans.push(Plan { members, was: Some(node.key), stays: same.then_some(node.row) });
        }
    }
    if plans.is_empty() {
        return Ok(None);
    }
    let centres: Vec<Vec<f32>> = plans.iter().map(|plan| centre(&plan.members, items)).collect();
    for (number, item) in items.iter().enumerate().filter(|(number, _)| !taken[*number]) {
        ground.context.check()?;
        let near = |centre: &Vec<f32>| kernels::dot(centre, &item.vector);
        let best = centres.iter().map(near).enumerate().rev().max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((best, _)) = best {
            plans[best].members.push(number);
            plans[best].stays = None;
        }
    }
    let mut sound = Vec::with_capacity(plans.len());
    for mut plan in plans {
        plan.members.sort_unstable();
        if plan.stays.is_some() || plan.members.len() <= MOST_CHILDREN {
            sound.push(plan);
            continue;
        }
        let was = plan.was;
        let cut = ground.clusters(items, &plan.members);
        sound.extend(cut.into_iter().map(|members| Plan { members, was, stays: None }));
    }
    // Where clusters overlap, what is left of two may be the same.
    let mut seen = HashSet::new();
    sound.retain(|plan| seen.insert(plan.members.clone()));
    Ok((sound.len() <= (items.len() / 2).max(1)).then_some(sound))
}

fn centre(members: &[usize], items: &[Item]) -> Vec<f32> {
    let mut sum = vec![0.0; items.first().map_or(0, |item| item.vector.len())];
    for &member in members {
        sum.iter_mut().zip(&items[member].vector).for_each(|(sum, value)| *sum += value);
    }
    normalise(&mut sum);
    sum
}
