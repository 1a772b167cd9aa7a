//! What a server says of itself, and what is cleaned up in it.

use std::time::Duration;

use anyhow::Context as _;
use hyper::header::AUTHORIZATION;
use serde_json::{Value, json};
use ureq::RequestBuilder;

use crate::load::Api;
use crate::reach::Target;

const PATIENCE: Duration = Duration::from_secs(30);

/// The server, apart from what is measured.
pub(super) struct Server<'a> {
    agent: ureq::Agent,
    target: &'a Target,
    api: Api,
    collection: &'a str,
}

impl<'a> Server<'a> {
    pub(super) fn new(target: &'a Target, api: Api, collection: &'a str) -> Self {
        let config = target.agent().timeout_global(Some(PATIENCE));
        Self { agent: config.build().into(), target, api, collection }
    }

    /// What it is.
    pub(super) fn version(&self) -> anyhow::Result<Value> {
        self.get(match self.api {
            Api::Maxsimd | Api::MaxsimdCompact => "/version",
            Api::NextPlaid => "/health",
        })
    }

    /// What it says of the collection, if there is one.
    pub(super) fn collection(&self) -> anyhow::Result<Value> {
        if self.collection.is_empty() {
            return Ok(json!({}));
        }
        self.get(&match self.api {
            Api::Maxsimd | Api::MaxsimdCompact => format!("/v1/collections/{}", self.collection),
            Api::NextPlaid => format!("/indices/{}", self.collection),
        })
    }

    /// Deletes what a mixed workload wrote.
    pub(super) fn clean(&self, documents: &Value) -> anyhow::Result<()> {
        let url = format!("{}/v1/collections/{}/documents", self.target.url, self.collection);
        let request = self.agent.delete(&url).force_send_body();
        keyed(request, self.target).send_json(documents).context(url)?;
        Ok(())
    }

    fn get(&self, path: &str) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.target.url);
        let mut reply = keyed(self.agent.get(&url), self.target).call().with_context(|| url.clone())?;
        reply.body_mut().read_json().context(url)
    }
}

/// A request with the key that the server is shown.
fn keyed<B>(request: RequestBuilder<B>, target: &Target) -> RequestBuilder<B> {
    match &target.authorization {
        Some(authorization) => request.header(AUTHORIZATION, authorization),
        None => request,
    }
}
