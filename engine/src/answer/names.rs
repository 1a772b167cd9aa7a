//! What a text is about, without a language model: its names, and the words of it that say something by themselves.

use unicode_segmentation::UnicodeSegmentation;

/// Words that stand for something said before.
pub(crate) const POINTERS: [&str; 32] = [
    "he", "she", "it", "they", "him", "her", "them", "his", "hers", "its", "their", "theirs", "this", "that", "these",
    "those", "there", "then", "one", "ones", "former", "latter", "same", "such", "both", "other", "another", "else",
    "more", "too", "also", "again",
];
/// Words that say nothing by themselves.
pub(crate) const EMPTY: [&str; 52] = [
    "a", "an", "the", "and", "or", "but", "of", "in", "on", "at", "to", "for", "from", "by", "with", "about", "as",
    "is", "are", "was", "were", "be", "been", "do", "does", "did", "has", "have", "had", "can", "could", "will",
    "would", "what", "who", "whom", "whose", "which", "when", "where", "why", "how", "much", "many", "not", "if",
    "into", "after", "before", "during", "while", "s",
];
/// Words inside a name: `Tower of London`.
const LINKS: [&str; 9] = ["of", "the", "de", "la", "di", "van", "von", "del", "du"];

/// Whether a word in lower case says something by itself.
pub(crate) fn says(word: &str) -> bool {
    !EMPTY.contains(&word) && !POINTERS.contains(&word)
}

/// Words in lower case that say something by themselves, in order.
pub(crate) fn telling(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_lowercase).filter(|word| says(word)).collect()
}

/// The same without those of names.
pub(crate) fn unnamed(text: &str) -> Vec<String> {
    let named = names(text).join(" ").to_lowercase();
    telling(text).into_iter().filter(|word| !named.contains(word.as_str())).collect()
}

/// Names in a text, each once, in order: runs of words with a capital or of numbers of three digits and more.
pub(crate) fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let words: Vec<(usize, &str)> = text.unicode_word_indices().collect();
    for (number, &(start, word)) in words.iter().enumerate() {
        let near = |end: usize| text[end..start].chars().all(|c| c == ' ' || c == '-' || c == '.');
        let next = || words.get(number + 1).is_some_and(|(_, next)| is_name(next));
        open = match open {
            Some((first, end)) if near(end) && is_name(word) => Some((first, start + word.len())),
            Some((first, end)) if near(end) && LINKS.contains(&word) && next() => Some((first, start + word.len())),
            before => {
                keep(&mut names, text, before);
                is_name(word).then_some((start, start + word.len()))
            }
        };
    }
    keep(&mut names, text, open);
    names
}

fn keep<'a>(names: &mut Vec<&'a str>, text: &'a str, name: Option<(usize, usize)>) {
    let name = name.map(|(start, end)| &text[start..end]);
    names.extend(name.filter(|name| !names.contains(name)));
}

fn is_name(word: &str) -> bool {
    let capital = word.chars().next().is_some_and(char::is_uppercase) && says(&word.to_lowercase());
    capital || (word.len() >= 3 && word.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_runs_of_capitals_and_years() {
        let text = "The Tower of London was begun in 1066 by William the Conqueror. It is in London, England.";
        assert_eq!(names(text), ["Tower of London", "1066", "William the Conqueror", "London", "England"]);
        assert_eq!(names("of the sea"), Vec::<&str>::new());
        assert_eq!(names("Émile Zola's Germinal 12"), ["Émile Zola's Germinal"]);
    }

    #[test]
    fn telling_words_are_those_that_are_not_empty() {
        assert_eq!(telling("Who built it, and when was the tower lit?"), ["built", "tower", "lit"]);
    }
}
