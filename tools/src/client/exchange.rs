//! Requests out, replies in.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use maxsimd_server::wire::{Form, ProblemBody, Written, compact};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::ClientError;
use crate::reach::{Sender, Target};

/// Bytes of a reply that are read.
const MOST_BYTES: usize = 256 << 20;
/// How long a reply may take, unless something else is said: longer than the daemon lets anything take.
const PATIENCE: Duration = Duration::from_secs(660);

/// One connection to a daemon, opened again when it is gone.
#[derive(Debug)]
pub struct Client {
    target: Target,
    form: Form,
    patience: Duration,
    sender: Option<Sender>,
}

/// A reply that can be read in both forms.
pub(super) trait Reply: DeserializeOwned + for<'a> compact::Readable<'a> {}

impl<T: DeserializeOwned + for<'a> compact::Readable<'a>> Reply for T {}

impl Client {
    /// A client that speaks one of the two forms. Nothing is sent yet.
    pub fn new(target: Target, form: Form) -> Self {
        Self { target, form, patience: PATIENCE, sender: None }
    }

    /// Waits so long for a reply.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Asks without a body.
    pub(super) async fn get<R: Reply>(&mut self, path: &str) -> Result<R, ClientError> {
        self.asked(Method::GET, path, None).await
    }

    /// Asks with a body.
    pub(super) async fn send<R: Reply>(
        &mut self,
        method: Method,
        path: &str,
        body: &impl Written,
    ) -> Result<R, ClientError> {
        let body = self.form.write(body).map_err(|problem| ClientError::Unwritable(problem.detail))?;
        self.asked(method, path, Some(body)).await
    }

    pub(super) async fn asked<R: Reply>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<R, ClientError> {
        let (status, body) = self.exchanged(method, path, body).await?;
        self.read(status, &body)
    }

    /// Asks for something that has no reply but that it was done.
    pub(super) async fn done(&mut self, method: Method, path: &str) -> Result<(), ClientError> {
        self.exchanged(method, path, None).await.map(drop)
    }

    /// Status and body of a reply; a problem is an error.
    async fn exchanged(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, Bytes), ClientError> {
        let request = self.request(method, path, body)?;
        let patience = self.patience;
        let (status, body) = timeout(patience, self.exchange(request)).await.unwrap_or(Err(ClientError::Timeout))?;
        match status.is_success() {
            true => Ok((status, body)),
            false => Err(ClientError::Refused(Box::new(self.read::<ProblemBody>(status, &body)?))),
        }
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), ClientError> {
        let mut sender = self.ready().await?;
        let response = sender.send_request(request).await.map_err(ClientError::HungUp)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| match error.downcast() {
            Ok(error) => ClientError::HungUp(*error),
            Err(_) => ClientError::TooLarge { most: MOST_BYTES },
        })?;
        self.sender = Some(sender);
        Ok((status, body.to_bytes()))
    }

    async fn ready(&mut self) -> Result<Sender, ClientError> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        self.target.connect().await.map_err(ClientError::Connect)
    }

    fn request(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Request<Full<Bytes>>, ClientError> {
        let kind = self.form.media_type();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.target.prefix))
            .header(HOST, &self.target.host)
            .header(ACCEPT, kind);
        if let Some(authorization) = &self.target.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let body = Full::new(body.map_or_else(Bytes::new, Bytes::from));
        request.body(body).map_err(|error| ClientError::Unwritable(error.to_string()))
    }

    fn read<R: Reply>(&self, status: StatusCode, body: &[u8]) -> Result<R, ClientError> {
        let read = match self.form {
            Form::Json => serde_json::from_slice(body).map_err(|error| error.to_string()),
            Form::Compact => compact::decode_reply(body).map_err(|error| error.to_string()),
        };
        read.map_err(|reason| ClientError::Unreadable { status: status.as_u16(), reason })
    }
}
