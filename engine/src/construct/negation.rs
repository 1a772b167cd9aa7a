//! "not", "except", "no": what is turned round, and how far that goes on.

use super::mention::{Asked, Mention, Reach, negated};
use super::words::Words;

/// Longer ones before their endings; true if they take something out of what is asked for.
const NEGATIONS: [(&str, bool); 29] = [
    ("with the exception of", true),
    ("but not", true),
    ("but no", true),
    ("except for", true),
    ("except", true),
    ("excluding", true),
    ("excludes", true),
    ("exclude", true),
    ("other than", true),
    ("rather than", true),
    ("instead of", true),
    ("apart from", true),
    ("aside from", true),
    ("minus", true),
    ("without", true),
    ("no", true),
    ("not", false),
    ("never", false),
    ("non", false),
    ("aren't", false),
    ("isn't", false),
    ("weren't", false),
    ("wasn't", false),
    ("haven't been", false),
    ("hasn't been", false),
    ("haven't", false),
    ("hasn't", false),
    ("don't", false),
    ("neither", false),
];

/// Between a negation and what it negates.
const FILLERS: &[&str] =
    &["the", "any", "a", "an", "all", "those", "ones", "that", "which", "are", "were", "been", "be"];
const MOST_FILLERS: usize = 4;

/// Turns round what is negated. After "except" and the like, what follows in a list is as well.
pub(super) fn apply(asked: Asked<'_>, mentions: &mut [Mention]) {
    let mut except_until = None;
    for mention in mentions {
        let listed = except_until.is_some_and(|end| lists(asked.words, end, mention.words.start));
        let before = before(asked.words, mention.words.start);
        if before.is_none() && !(listed && mention.reach == Reach::Beside) {
            except_until = None;
            continue;
        }
        let except = before.is_none_or(|(_, except)| except);
        mention.words.start = before.map_or(mention.words.start, |(start, _)| start);
        mention.found = mention.found.clone().map(negated);
        mention.noun &= !except;
        if except {
            mention.reach = mention.reach.max(Reach::Except);
        }
        except_until = except.then_some(mention.words.end);
    }
}

/// Where the negation begins that is before a word, and its kind.
fn before(words: &Words<'_>, at: usize) -> Option<(usize, bool)> {
    let fillers = (1..=MOST_FILLERS.min(at)).take_while(|back| words.is(at - back, FILLERS)).count();
    (0..=fillers).find_map(|back| {
        let end = at - back;
        NEGATIONS.iter().find_map(|(phrase, except)| {
            let start = end.checked_sub(phrase.split(' ').count())?;
            (words.phrase(start, phrase) == Some(end)).then_some((start, *except))
        })
    })
}

fn lists(words: &Words<'_>, from: usize, to: usize) -> bool {
    from < to && (from..to).all(|at| words.is(at, &[",", "and", "or", "nor", "&"]))
}
