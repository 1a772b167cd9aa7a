//! Titles that documents have themselves.

/// Longest title kept, in characters.
const MAX_TITLE: usize = 200;

/// A title on one line, of at most 200 characters and without control characters; none if no letter or digit is left of it.
pub fn tidy(title: &str) -> Option<String> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let title: String = words.join(" ").chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect();
    title.chars().any(char::is_alphanumeric).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_without_a_letter_or_digit_are_none() {
        assert_eq!(tidy(" - \n"), None);
        assert_eq!(tidy(" a \u{7} b\n c ").as_deref(), Some("a  b c"));
    }
}
