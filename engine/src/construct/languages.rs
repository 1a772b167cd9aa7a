//! Languages as questions name them, and the codes (ISO 639) that collections keep.

const LANGUAGES: [(&str, &[&str]); 32] = [
    ("arabic", &["ar", "ara"]),
    ("bengali", &["bn", "ben"]),
    ("bulgarian", &["bg", "bul"]),
    ("catalan", &["ca", "cat"]),
    ("chinese", &["zh", "zho", "chi"]),
    ("croatian", &["hr", "hrv"]),
    ("czech", &["cs", "ces", "cze"]),
    ("danish", &["da", "dan"]),
    ("dutch", &["nl", "nld", "dut"]),
    ("english", &["en", "eng"]),
    ("estonian", &["et", "est"]),
    ("finnish", &["fi", "fin"]),
    ("french", &["fr", "fra", "fre"]),
    ("german", &["de", "deu", "ger"]),
    ("greek", &["el", "ell", "gre"]),
    ("hebrew", &["he", "heb"]),
    ("hindi", &["hi", "hin"]),
    ("hungarian", &["hu", "hun"]),
    ("indonesian", &["id", "ind"]),
    ("italian", &["it", "ita"]),
    ("japanese", &["ja", "jpn"]),
    ("korean", &["ko", "kor"]),
    ("latin", &["la", "lat"]),
    ("norwegian", &["no", "nor", "nb", "nn"]),
    ("polish", &["pl", "pol"]),
    ("portuguese", &["pt", "por"]),
    ("romanian", &["ro", "ron", "rum"]),
    ("russian", &["ru", "rus"]),
    ("spanish", &["es", "spa"]),
    ("swedish", &["sv", "swe"]),
    ("turkish", &["tr", "tur"]),
    ("ukrainian", &["uk", "ukr"]),
];

/// The names of the language that a code such as `de`, `deu` or `de-AT` stands for.
pub(super) fn names(code: &str) -> Vec<&'static str> {
    let code = code.to_lowercase();
    let primary = code.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().filter(|(_, codes)| codes.contains(&primary)).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_and_without_a_country_have_the_name_of_their_language() {
        assert_eq!((names("de"), names("DE-at"), names("zh_TW")), (vec!["german"], vec!["german"], vec!["chinese"]));
        assert!(names("german").is_empty() && names("").is_empty());
    }
}
