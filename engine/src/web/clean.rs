//! What strangers' text may consist of: no characters that steer whoever shows it or that nobody sees.

/// A text without control characters but line feeds and tabs, and without characters that turn the direction of text or that
/// only machines see.
pub(super) fn text(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|&c| c == '\n' || c == '\t' || is_shown(c)).collect()
}

/// The same on one line of at most so many characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let words = text.split_whitespace().map(|word| word.chars().filter(|&c| is_shown(c)).collect::<String>());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

fn is_shown(c: char) -> bool {
    let steers = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    let unseen = matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    !c.is_control() && !steers && !unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_taken_out() {
        assert_eq!(text("a\r\nb\u{1b}[31m\tc\u{0}\u{202e}d\u{e0041}\u{9b}e\u{feff}"), "a\nb[31m\tcde");
        assert_eq!(line(" a \u{7} b\n\u{85}c\u{2028}d ", 100), "a b c d");
        assert_eq!(line("kälte wärme", 5), "kälte");
    }
}
