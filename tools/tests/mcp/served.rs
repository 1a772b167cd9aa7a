//! Daemons with small collections to ask.

use std::path::PathBuf;
use std::sync::Arc;

use maxsimd_engine::TokenMatrix;
use maxsimd_server::keys::Keyring;
use maxsimd_server::wire::{CreateBody, DocumentBody, Form, Free, List, UpsertBody, Values, Vectors, Whole};
use maxsimd_server::{Config, Daemon, EncoderSource};
use maxsimd_tools::client::{Client, ClientError, Wait};
use maxsimd_tools::reach::Target;
use serde_json::json;
use serde_json::value::to_raw_value;

use crate::support::{agent, home};

const WIDTH: usize = 8;

/// A document: id, title, text.
pub(crate) type Written<'a> = (&'a str, &'a str, &'a str);

/// A daemon that is ready.
pub(crate) struct Served {
    _data: tempfile::TempDir,
    _daemon: Daemon,
    pub(crate) url: String,
    encodes: bool,
}

impl Served {
    /// Without an encoder: what it holds is found by words.
    pub(crate) fn by_words() -> Self {
        Self::start(EncoderSource::Absent, None)
    }

    /// Without an encoder, for those who have a key.
    pub(crate) fn locked(keys: Keyring) -> Self {
        Self::start(EncoderSource::Absent, Some(keys))
    }

    /// With the real encoder.
    pub(crate) fn by_meaning() -> Self {
        let folder = home().model(maxsimd_server::home::DEFAULT_MODEL);
        let runtime = home().library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
        Self::start(EncoderSource::Folder { folder, runtime }, None)
    }

    fn start(encoder: EncoderSource, keys: Option<Keyring>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let encodes = !matches!(encoder, EncoderSource::Absent);
        // With keys, readiness is told to their holders only.
        let path = if keys.is_some() { "livez" } else { "readyz" };
        let config = Config { keys: keys.map(Arc::new), ..Config::local(data.path(), encoder) };
        let daemon = Daemon::start(config).unwrap();
        let url = format!("http://{}", daemon.address());
        while agent().get(format!("{url}/{path}")).call().is_err() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Self { _data: data, _daemon: daemon, url, encodes }
    }

    /// The same with another collection.
    pub(crate) fn with(self, collection: &str, documents: &[Written<'_>]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.add(collection, documents)).unwrap();
        self
    }

    async fn add(&self, collection: &str, documents: &[Written<'_>]) -> Result<(), ClientError> {
        let mut client = Client::new(Target::parse(&self.url).unwrap(), Form::Json);
        let vectors = TokenMatrix::new(WIDTH, (0..WIDTH).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect()).unwrap();
        let width = (!self.encodes).then_some(Whole(WIDTH as u64));
        client.create(&CreateBody { name: Some(collection.into()), width, ..CreateBody::default() }).await?;
        let metadata: Vec<_> =
            (1..=documents.len()).map(|number| to_raw_value(&json!({"number": number})).unwrap()).collect();
        let bodies = metadata.iter().zip(documents).map(|(metadata, (id, title, text))| DocumentBody {
            id: Some((*id).into()),
            title: Some((*title).into()),
            text: Some((*text).into()),
            vectors: (!self.encodes).then(|| Vectors::bytes(&vectors, Values::F32)),
            metadata: Some(Free(metadata)),
            ..DocumentBody::default()
        });
        let documents = UpsertBody { documents: Some(List(bodies.collect())) };
        client.upsert(collection, &documents, Wait::Searchable).await.map(drop)
    }
}
