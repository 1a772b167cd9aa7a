//! Which proxy a request goes through: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case.

use std::ffi::OsString;

use ureq::Proxy;
use ureq::http::Uri;

use super::error::HubError;

/// Proxies by scheme, and the hosts that are asked directly.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    direct: Vec<String>,
}

impl Proxies {
    pub(super) fn find(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Self, HubError> {
        let text = |name: &str| {
            let value = variable(&name.to_lowercase()).or_else(|| variable(name))?;
            Some(value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
        };
        let proxy = |name: &'static str| {
            let found = text(name).map(|text| (name, text)).or_else(|| Some(("ALL_PROXY", text("ALL_PROXY")?)));
            let parsed = found.map(|(name, text)| {
                let reason = "is no URL of a proxy such as http://proxy:3128".to_owned();
                Proxy::new(&text).map_err(|_| HubError::Setting { variable: name.to_owned(), reason })
            });
            parsed.transpose()
        };
        let direct = text("NO_PROXY").unwrap_or_default().to_lowercase();
        let hosts = direct.split(',').map(str::trim).filter(|host| !host.is_empty());
        // `*` becomes nothing, with which every host ends.
        let direct = hosts.map(|host| host.trim_start_matches('*').trim_start_matches('.').to_owned()).collect();
        Ok(Self { http: proxy("HTTP_PROXY")?, https: proxy("HTTPS_PROXY")?, direct })
    }

    /// The proxy for a URL, if there is one.
    pub(super) fn of(&self, url: &Uri) -> Option<&Proxy> {
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
        let is_direct = |domain: &String| {
            let before = host.strip_suffix(domain.as_str());
            domain.is_empty() || before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let proxy = if url.scheme_str() == Some("https") { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.direct.iter().any(is_direct))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        let proxies = Proxies::find(&variable).unwrap();
        proxies.of(&url.parse().unwrap()).map(|proxy| proxy.host().to_owned())
    }

    #[test]
    fn a_proxy_is_chosen_by_scheme_and_lower_case_comes_first() {
        let both = [("HTTPS_PROXY", "http://s:1"), ("HTTP_PROXY", "http://p:1"), ("http_proxy", "http://q:1")];
        assert_eq!(chosen(&both, "https://hub.example/x").as_deref(), Some("s"));
        assert_eq!(chosen(&both, "http://hub.example/x").as_deref(), Some("q"));
        assert_eq!(chosen(&[("HTTP_PROXY", "http://p:1")], "https://hub.example/x"), None);
        assert_eq!(chosen(&[("ALL_PROXY", "http://a:1")], "https://hub.example/x").as_deref(), Some("a"));
    }

    #[test]
    fn hosts_of_no_proxy_and_all_below_them_are_asked_directly() {
        for (list, direct) in [
            ("hub.example", true),
            ("other, .Example", true),
            ("*.example", true),
            ("*", true),
            ("ub.example", false),
            ("a.hub.example", false),
            ("a,,b, ", false),
            ("", false),
        ] {
            let found = chosen(&[("HTTPS_PROXY", "http://s:1"), ("NO_PROXY", list)], "https://hub.example/x");
            assert_eq!(found.is_none(), direct, "{list:?}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_its_value() {
        let variable = |name: &str| (name == "HTTPS_PROXY").then(|| OsString::from("user:secret@"));
        let error = Proxies::find(&variable).unwrap_err();
        assert!(error.to_string().starts_with("HTTPS_PROXY") && !error.to_string().contains("secret"), "{error}");
    }
}
