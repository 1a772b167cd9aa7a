//! Fills passages with atoms up to the token budget.

use std::ops::Range;

use super::Budget;
use super::atom::Atom;
use super::section::Joint;

/// Runs of atoms, one for each passage, in order. They cover all atoms; neighbours may overlap.
pub(super) fn pack(atoms: &[Atom], budget: Budget) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let (mut first, mut done) = (0, 0);
    while done < atoms.len() {
        let full = fill(atoms, first, budget).max(done + 1);
        let end = if full == atoms.len() { full } else { best_end(atoms, first, done, full, budget) };
        runs.push(first..end);
        first = overlap_start(atoms, first, end, budget);
        done = end;
    }
    runs
}

/// The end of the longest run from `first` that fits.
fn fill(atoms: &[Atom], first: usize, budget: Budget) -> usize {
    let mut room = budget.tokens();
    let taken = atoms[first..].iter().take_while(|atom| match room.checked_sub(atom.tokens) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    first + taken.count()
}

/// The best joint in the second half of a full passage, the last of equals. Beyond `done`, so that it says something new.
fn best_end(atoms: &[Atom], first: usize, done: usize, full: usize, budget: Budget) -> usize {
    let mut used: usize = atoms[first..full].iter().map(|atom| atom.tokens).sum();
    let mut best = (atoms[full - 1].after, full);
    for end in (done + 1..full).rev() {
        used -= atoms[end].tokens;
        if used < budget.tokens() / 2 {
            break;
        }
        if atoms[end - 1].after > best.0 {
            best = (atoms[end - 1].after, end);
        }
    }
    best.1
}

/// Where the next passage begins: as much before `end` as the overlap and the next atom leave room for, at the
/// start of a sentence if there is one.
fn overlap_start(atoms: &[Atom], first: usize, end: usize, budget: Budget) -> usize {
    let Some(next) = atoms.get(end) else { return end };
    let room = budget.overlap().min(budget.tokens().saturating_sub(next.tokens));
    let mut used = 0;
    let fitting = (first + 1..end).rev().take_while(|&at| {
        used += atoms[at].tokens;
        used <= room
    });
    let (mut sentence, mut any) = (None, end);
    for at in fitting {
        any = at;
        if atoms[at - 1].after >= Joint::Sentence {
            sentence = Some(at);
        }
    }
    sentence.unwrap_or(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(tokens: usize, after: Joint) -> Atom {
        Atom { start: 0, end: 1, tokens, after }
    }

    #[test]
    fn a_passage_ends_at_the_best_joint_of_its_second_half() {
        let atoms = [3, 3, 3, 3].map(|tokens| atom(tokens, Joint::Sentence));
        let mut with_paragraph = atoms;
        with_paragraph[1].after = Joint::Top;
        let budget = Budget::new(10, 0).unwrap();
        assert_eq!(pack(&atoms, budget), [0..3, 3..4]);
        assert_eq!(pack(&with_paragraph, budget), [0..2, 2..4]);
    }

    #[test]
    fn neighbours_share_whole_sentences_that_fit_the_overlap() {
        let atoms = [4, 2, 2, 4, 4].map(|tokens| atom(tokens, Joint::Sentence));
        assert_eq!(pack(&atoms, Budget::new(8, 4).unwrap()), [0..3, 1..4, 3..5]);
    }

    #[test]
    fn an_atom_over_the_budget_stands_alone() {
        let atoms = [2, 50, 2].map(|tokens| atom(tokens, Joint::Sentence));
        assert_eq!(pack(&atoms, Budget::new(8, 2).unwrap()), [0..1, 1..2, 2..3]);
    }
}
