//! One connection that is kept, and opened again when it is gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use tokio::time::timeout;

use super::reply::{Reading, Told};
use super::{Api, Failure, Operation, Prepared};
use crate::reach::{Sender, Target};

#[derive(Debug)]
pub(super) struct Connection {
    target: Arc<Target>,
    patience: Duration,
    /// None while a request is under way and after one that failed.
    sender: Option<Sender>,
}

impl Connection {
    pub(super) fn new(target: Arc<Target>, patience: Duration) -> Self {
        Self { target, patience, sender: None }
    }

    /// Opens it before it is needed; if that fails, a request will say so.
    pub(super) async fn warm(&mut self) {
        self.sender = self.opened().await.ok();
    }

    /// Sends a request and reads its reply to the end.
    pub(super) async fn ask(&mut self, request: &Prepared) -> Result<Told, Failure> {
        timeout(self.patience, self.exchange(request)).await.unwrap_or(Err(Failure::Timeout))
    }

    async fn exchange(&mut self, request: &Prepared) -> Result<Told, Failure> {
        let mut sender = self.ready().await?;
        let response = sender.send_request(self.written(request)?).await.map_err(|error| failure(&error))?;
        let mut reading = Reading::new(request, response.status());
        let done = read(response.into_body(), &mut reading).await?;
        self.sender = Some(sender);
        reading.finish(done)
    }

    async fn ready(&mut self) -> Result<Sender, Failure> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        self.opened().await
    }

    async fn opened(&self) -> Result<Sender, Failure> {
        self.target.connect().await.map_err(|_| Failure::Connect)
    }

    fn written(&self, prepared: &Prepared) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(prepared.method.clone())
            .uri(format!("{}{}", self.target.prefix, prepared.path))
            .header(HOST, &self.target.host)
            .header(CONTENT_TYPE, prepared.api.form().media_type())
            .header("accept", if prepared.operation == Operation::Answer { "text/event-stream" } else { "*/*" });
        if prepared.api == Api::NextPlaid {
            // As its own client asks for vectors.
            request = request.header("x-embeddings-format", "base64");
        }
        if let Some(authorization) = &self.target.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.body(Full::new(prepared.body.clone())).map_err(|_| Failure::Unreadable)
    }
}

async fn read(mut body: Incoming, reading: &mut Reading<'_>) -> Result<Instant, Failure> {
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.map_err(|error| failure(&error))?.data_ref() {
            reading.push(data)?;
        }
    }
    Ok(Instant::now())
}

fn failure(error: &hyper::Error) -> Failure {
    if error.is_parse() { Failure::Unreadable } else { Failure::HungUp }
}
