//! Text to keywords: words in lower case, reduced to their stems.

use serde::{Deserialize, Serialize};
use tantivy::tokenizer::{self, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer};

use crate::Error;

/// Longest word that is a keyword, in bytes.
const LONGEST_WORD: usize = 128;

macro_rules! languages {
    ($($name:ident $text:literal,)*) => {
        /// Language whose rules reduce words to stems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Language {
            /// Words as they are.
            None,
            #[default]
            #[doc = "English."]
            English,
            $(#[doc = concat!(stringify!($name), ".")] $name,)*
        }

        impl Language {
            /// All of them.
            pub const ALL: &[Self] = &[Self::None, Self::English, $(Self::$name,)*];

            /// Name in commands, files and on the wire.
            pub const fn name(self) -> &'static str {
                match self { Self::None => "none", Self::English => "english", $(Self::$name => $text,)* }
            }

            fn stemmer(self) -> Option<tokenizer::Language> {
                match self {
                    Self::None => None,
                    Self::English => Some(tokenizer::Language::English),
                    $(Self::$name => Some(tokenizer::Language::$name),)*
                }
            }
        }
    };
}

languages! {
    Arabic "arabic",
    Danish "danish",
    Dutch "dutch",
    Finnish "finnish",
    French "french",
    German "german",
    Greek "greek",
    Hungarian "hungarian",
    Italian "italian",
    Norwegian "norwegian",
    Portuguese "portuguese",
    Romanian "romanian",
    Russian "russian",
    Spanish "spanish",
    Swedish "swedish",
    Tamil "tamil",
    Turkish "turkish",
}

impl Language {
    /// What makes keywords of a text.
    pub(super) fn analyzer(self) -> TextAnalyzer {
        let words = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(LONGEST_WORD))
            .filter(LowerCaser);
        match self.stemmer() {
            None => words.build(),
            Some(language) => words.filter(Stemmer::new(language)).build(),
        }
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Language {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let names: Vec<&str> = Self::ALL.iter().map(|language| language.name()).collect();
        let found = Self::ALL.iter().find(|language| language.name() == name);
        found.copied().ok_or_else(|| Error::invalid("language", format!("{name:?} is none of {}", names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_language() {
        for language in Language::ALL {
            assert_eq!(language.name().parse::<Language>().unwrap(), *language);
            assert_eq!(serde_json::to_string(language).unwrap(), format!("\"{language}\""));
        }
        assert!("klingon".parse::<Language>().unwrap_err().to_string().contains("english"));
    }
}
