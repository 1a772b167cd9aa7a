//! How to reach the hub, from the variables of the environment that its ecosystem knows.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http::Uri;

use super::error::HubError;
use super::proxies::Proxies;
use super::token::Token;

/// The hub that is asked where no other is named.
const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// How to reach the hub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// URL of the hub or its mirror, without a slash at the end (`HF_ENDPOINT`).
    pub endpoint: String,
    /// Access token, sent to the endpoint and to nothing else (`HF_TOKEN`, or the token file).
    pub token: Option<Token>,
    /// Proxies (`HTTPS_PROXY` and its kin).
    pub proxies: Proxies,
    /// Certificates to trust instead of the built-in ones, as PEM (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`).
    pub certificates: Option<PathBuf>,
    /// Whether nothing may be fetched (`HF_HUB_OFFLINE`).
    pub offline: bool,
    /// How long to wait and how often to try.
    pub patience: Patience,
}

/// How long to wait and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long a server may say nothing.
    pub silence: Duration,
    /// Tries for one request or file.
    pub tries: u32,
    /// Pause before the second try; doubled before each further one.
    pub pause: Duration,
    /// Longest pause, also if the hub asks for more.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { silence: seconds(60), tries: 6, pause: seconds(1), longest_pause: seconds(60) }
    }
}

impl Settings {
    /// Reads the settings; `variable` looks up a variable of the environment.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, HubError> {
        let text = |name: &str| {
            let value = variable(name)?.to_string_lossy().trim().to_owned();
            Some(value).filter(|value| !value.is_empty())
        };
        let is_set = |name: &str| {
            let value = text(name).map(|value| value.to_lowercase());
            value.is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.as_str()))
        };
        Ok(Self {
            endpoint: endpoint(&text("HF_ENDPOINT").unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned()))?,
            token: Token::find(&variable)?,
            proxies: Proxies::find(&variable)?,
            certificates: ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
                .into_iter()
                .find_map(text)
                .map(PathBuf::from),
            offline: is_set("HF_HUB_OFFLINE") || is_set("TRANSFORMERS_OFFLINE"),
            patience: Patience::default(),
        })
    }
}

fn endpoint(text: &str) -> Result<String, HubError> {
    let url = text.trim_end_matches('/');
    let parsed = url.parse::<Uri>().ok().filter(|uri| {
        let authority = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        matches!(uri.scheme_str(), Some("http" | "https")) && authority && uri.query().is_none()
    });
    let reason = || "is no URL of a hub such as https://hub.example (a token goes into HF_TOKEN)".to_owned();
    parsed.map(|_| url.to_owned()).ok_or_else(|| HubError::Setting { variable: "HF_ENDPOINT".into(), reason: reason() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> Result<Settings, HubError> {
        Settings::find(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn the_endpoint_is_the_hub_or_a_mirror_with_or_without_a_path() {
        assert_eq!(find(&[]).unwrap().endpoint, "https://huggingface.co");
        assert_eq!(find(&[("HF_ENDPOINT", "http://m:81/hf/ ")]).unwrap().endpoint, "http://m:81/hf");
        for bad in ["mirror", "file:///x", "https://", "https://u:secret@m", "https://m?x=y"] {
            let error = find(&[("HF_ENDPOINT", bad)]).unwrap_err().to_string();
            assert!(error.contains("HF_ENDPOINT") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn offline_is_said_with_a_yes_of_any_kind() {
        for (value, offline) in [("1", true), ("True", true), ("yes", true), ("0", false), ("", false)] {
            assert_eq!(find(&[("HF_HUB_OFFLINE", value)]).unwrap().offline, offline, "{value}");
        }
    }
}
