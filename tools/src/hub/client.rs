//! Requests to the hub: redirects followed here, because the token is for the endpoint's origin only.

use std::io::Read;

use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, LOCATION, RANGE, RETRY_AFTER};
use ureq::http::{HeaderMap, Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::address;
use super::error::HubError;
use super::retry::seconds;
use super::settings::Settings;

/// Redirects that are followed; hubs need two.
const MAX_REDIRECTS: usize = 5;
/// Longest sentence of the hub that an error repeats.
const MAX_SAID: usize = 300;
/// Largest file of certificates.
const MAX_CERTIFICATES: u64 = 16 << 20;

/// Asks the hub, and whatever it redirects to.
#[derive(Debug)]
pub(super) struct Client<'a> {
    settings: &'a Settings,
    endpoint: Uri,
    agent: Agent,
}

impl<'a> Client<'a> {
    pub(super) fn new(settings: &'a Settings) -> Result<Self, HubError> {
        let endpoint = settings
            .endpoint
            .parse()
            .map_err(|_| HubError::Setting { variable: "HF_ENDPOINT".to_owned(), reason: "is no URL".to_owned() })?;
        let silence = Some(settings.patience.silence);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("maxsim/", env!("CARGO_PKG_VERSION")))
            // Lengths and ranges are those of the file, so it must come as it is.
            .accept_encoding("identity")
            .timeout_resolve(silence)
            .timeout_connect(silence)
            .timeout_recv_response(silence)
            .timeout_per_read(silence)
            .tls_config(TlsConfig::builder().root_certs(roots(settings)?).build());
        Ok(Self { settings, endpoint, agent: config.build().into() })
    }

    pub(super) fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// A reply with status 200, 206 or 416, to a request for what is behind a URL from byte `from` on.
    pub(super) fn get(&self, url: &str, from: u64) -> Result<Response<ureq::Body>, HubError> {
        if self.settings.offline {
            return Err(HubError::Offline { url: address::shown(url) });
        }
        let mut target: Uri = url.parse().map_err(|_| reply(url, "that is no URL"))?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&target, from)?;
            match response.status().as_u16() {
                200 | 206 | 416 => return Ok(response),
                301 | 302 | 303 | 307 | 308 => {
                    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                    target = address::redirected(&target, location.unwrap_or_default())?;
                }
                status => return Err(refusal(&target, status, response.headers())),
            }
        }
        Err(HubError::Redirect { url: address::shown(url), target: shown(&target), reason: "one redirect too many" })
    }

    fn send(&self, target: &Uri, from: u64) -> Result<Response<ureq::Body>, HubError> {
        let proxy = self.settings.proxies.of(target).cloned();
        let mut request = self.agent.get(target).config().proxy(proxy).build();
        if let Some(token) = &self.settings.token
            && address::same_origin(target, &self.endpoint)
        {
            request = request.header(AUTHORIZATION, token.bearer());
        }
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        request.call().map_err(|source| HubError::Unreachable { url: shown(target), source: Box::new(source) })
    }
}

fn refusal(target: &Uri, status: u16, headers: &HeaderMap) -> HubError {
    let url = shown(target);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let said = text("x-error-message").map(|said| said.chars().take(MAX_SAID).collect());
    match status {
        401 | 403 => HubError::Refused { url, status, said },
        404 | 410 => HubError::Absent { url, said },
        408 | 429 | 500.. => HubError::Busy { url, status, wait: text(RETRY_AFTER.as_str()).and_then(seconds) },
        _ => reply(&url, &format!("unexpected status {status}")),
    }
}

fn reply(url: &str, reason: &str) -> HubError {
    HubError::Reply { url: address::shown(url), reason: reason.to_owned() }
}

fn shown(url: &Uri) -> String {
    address::shown(&url.to_string())
}

/// The certificates of the settings' file, else the built-in ones.
fn roots(settings: &Settings) -> Result<RootCerts, HubError> {
    let Some(path) = &settings.certificates else { return Ok(RootCerts::WebPki) };
    let refuse = |reason: String| HubError::Setting { variable: path.display().to_string(), reason };
    let unreadable = |error| refuse(format!("cannot be read ({error}); SSL_CERT_FILE or its kin names it"));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut pem = Vec::new();
    file.take(MAX_CERTIFICATES).read_to_end(&mut pem).map_err(unreadable)?;
    let items = parse_pem(&pem).filter_map(Result::ok);
    let certificates: Vec<_> = items
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(refuse("holds no certificate in PEM; SSL_CERT_FILE or its kin names it".to_owned()));
    }
    Ok(certificates.into())
}
