//! The hub's access token: where the ecosystem keeps it, and that it is never shown.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::error::HubError;

/// Longest token that is read.
const MAX_BYTES: usize = 4096;

/// An access token. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token as a variable or file holds it; none if there is nothing but spaces. `place` is for the error.
    pub fn parse(text: &str, place: &str) -> Result<Option<Self>, HubError> {
        let text = text.trim();
        if text.len() > MAX_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "holds no token: letters, digits and signs in one line".to_owned();
            return Err(HubError::Setting { variable: place.to_owned(), reason });
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, or the token file.
    pub(super) fn find(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>, HubError> {
        for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            let Some(value) = variable(name) else { continue };
            if let Some(token) = Self::parse(&value.to_string_lossy(), name)? {
                return Ok(Some(token));
            }
        }
        let Some(file) = token_file(variable) else { return Ok(None) };
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::parse(&text, &file.display().to_string()),
            // No file is the common case; one that cannot be read helps nobody either.
            Err(_) => Ok(None),
        }
    }

    /// Value of the header that carries it.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

fn token_file(variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || path("XDG_CACHE_HOME").or_else(|| Some(path("HOME")?.join(".cache")));
    let home = || path("HF_HOME").or_else(|| Some(cache()?.join("huggingface")));
    path("HF_TOKEN_PATH").or_else(|| Some(home()?.join("token")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_come_before_the_file_and_the_file_is_found_through_hf_home_or_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("huggingface")).unwrap();
        std::fs::write(folder.path().join("huggingface/token"), "hf_cache\n").unwrap();
        std::fs::write(folder.path().join("token"), "hf_home").unwrap();
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("HF_TOKEN", "hf_a"), ("HUGGING_FACE_HUB_TOKEN", "hf_b")], "hf_a"),
            (&[("HF_TOKEN", " "), ("HUGGING_FACE_HUB_TOKEN", "hf_b")], "hf_b"),
            (&[("HF_HOME", "")], "hf_cache"),
            (&[("HF_HOME", folder.path().to_str().unwrap())], "hf_home"),
        ];
        for (variables, expected) in cases {
            let variable = |name: &str| match name {
                "XDG_CACHE_HOME" => Some(folder.path().as_os_str().to_owned()),
                _ => variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)),
            };
            assert_eq!(Token::find(&variable).unwrap(), Some(Token(expected.to_owned())));
        }
        assert_eq!(Token::find(&|_: &str| None).unwrap(), None);
    }

    #[test]
    fn a_token_is_not_shown_and_one_that_could_forge_headers_is_refused_unseen() {
        let token = Token::parse("hf_secret", "HF_TOKEN").unwrap();
        assert!(!format!("{token:?}").contains("secret"));
        let error = Token::parse("hf_secret\r\nX: y", "HF_TOKEN").unwrap_err();
        assert!(error.to_string().starts_with("HF_TOKEN") && !format!("{error:?}").contains("secret"));
    }
}
