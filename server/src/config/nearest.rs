//! Which name was meant.

/// How alike two names have to be.
const ALIKE: f64 = 0.75;

/// The name that is most like another one, if any is like it at all.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let alike = names.map(|other| (strsim::jaro_winkler(name, other), other));
    alike.filter(|(alike, _)| *alike >= ALIKE).max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let names = ["listen", "data", "drain-seconds", "generator-url"];
        let near = |name| nearest(name, names.into_iter());
        assert_eq!(near("listn"), Some("listen"));
        assert_eq!(near("drain_seconds"), Some("drain-seconds"));
        assert_eq!(near("generator_uri"), Some("generator-url"));
        assert_eq!(near("xyz"), None);
    }
}
