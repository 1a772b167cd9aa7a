//! The web of a daemon or a tool, if one is named: what finds pages, and what reads them. None by default, since a query says
//! what somebody asks.

use std::sync::Arc;

use maxsimd_engine::answer::Web;
use maxsimd_engine::web::{FetchLimits, Fetcher, SearxNg, Secret, Tavily, WebError, WebSearch};

/// Where pages are searched for.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WebFlags {
    /// Where pages are searched for that documents lack [default: nowhere, nothing leaves this machine]
    #[arg(long, value_enum, value_name = "KIND", env = "MAXSIMD_WEB")]
    pub web: Option<WebKind>,
    /// Its address, e.g. http://127.0.0.1:8888 [default for tavily: https://api.tavily.com]
    #[arg(long, value_name = "URL", env = "MAXSIMD_WEB_URL")]
    pub web_url: Option<String>,
}

/// A kind of search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WebKind {
    /// A SearXNG server
    Searxng,
    /// Tavily, with the key that MAXSIMD_WEB_KEY holds
    Tavily,
}

/// Why flags make no search.
#[derive(Debug, thiserror::Error)]
pub enum WebFlagsError {
    /// An address alone does not say what is spoken there.
    #[error("--web-url names an address; --web says what is spoken there, searxng or tavily")]
    NoKind,
    /// SearXNG is wherever somebody runs it.
    #[error("--web searxng needs the address of a server; --web-url names it")]
    NoUrl,
    /// Tavily tells only who has a key.
    #[error("--web tavily needs a key; the environment variable MAXSIMD_WEB_KEY holds it")]
    NoKey,
    /// The address cannot be used.
    #[error("--web-url: {0}")]
    Url(#[from] WebError),
}

impl WebFlags {
    /// The search, if one is named; nothing is asked yet.
    pub fn open(&self) -> Result<Option<Web>, WebFlagsError> {
        self.with(std::env::var("MAXSIMD_WEB_KEY").ok())
    }

    fn with(&self, key: Option<String>) -> Result<Option<Web>, WebFlagsError> {
        let kind = match (self.web, &self.web_url) {
            (Some(kind), _) => kind,
            (None, Some(_)) => return Err(WebFlagsError::NoKind),
            (None, None) => return Ok(None),
        };
        let search: Arc<dyn WebSearch> = match kind {
            WebKind::Searxng => Arc::new(SearxNg::new(self.web_url.as_deref().ok_or(WebFlagsError::NoUrl)?)?),
            WebKind::Tavily => {
                let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
                let key = Secret::new(key.ok_or(WebFlagsError::NoKey)?);
                Arc::new(Tavily::new(self.web_url.as_deref().unwrap_or(Tavily::URL), key)?)
            }
        };
        let fetcher = Fetcher::new(FetchLimits::default());
        Ok(Some(Web { search, fetcher, folder: std::env::temp_dir() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(web: Option<WebKind>, url: Option<&str>) -> WebFlags {
        WebFlags { web, web_url: url.map(str::to_owned) }
    }

    #[test]
    fn nothing_is_asked_unless_it_is_named() {
        assert!(flags(None, None).with(Some("key".to_owned())).unwrap().is_none());
        let name = |flags: WebFlags| flags.with(Some(" key\n".to_owned())).unwrap().unwrap().search.name().to_owned();
        assert_eq!(name(flags(Some(WebKind::Searxng), Some("http://127.0.0.1:8888"))), "searxng");
        assert_eq!(name(flags(Some(WebKind::Tavily), None)), "tavily");
    }

    #[test]
    fn what_is_missing_is_said() {
        let error = |flags: WebFlags, key: Option<&str>| flags.with(key.map(str::to_owned)).unwrap_err().to_string();
        assert!(error(flags(Some(WebKind::Searxng), None), None).contains("--web-url"));
        assert!(error(flags(Some(WebKind::Searxng), Some("ftp://a")), None).contains("--web-url"));
        for key in [None, Some(" ")] {
            assert!(error(flags(Some(WebKind::Tavily), None), key).contains("MAXSIMD_WEB_KEY"));
        }
    }
}
