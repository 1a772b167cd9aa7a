//! The daemon that is asked, and which of its collections is meant.

use maxsimd_server::wire::Form;

use super::refusal::Refusal;
use crate::client::{Client, ClientError};
use crate::reach::Target;

/// A daemon, and the collection that is meant where a call names none.
#[derive(Debug)]
pub struct Daemon {
    target: Target,
    collection: Option<String>,
}

impl Daemon {
    /// Nothing is asked yet.
    pub fn new(target: Target, collection: Option<String>) -> Self {
        Self { target, collection }
    }

    /// A connection of its own for each call: where a call is given up, closing it tells the daemon.
    pub(super) fn client(&self) -> Client {
        // A daemon of another version may say more in JSON, and nothing else in the compact form.
        Client::new(self.target.clone(), Form::Json)
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.target.url
    }

    /// The collection that is meant where a call names none, if there was one to name.
    pub(super) fn named(&self) -> Option<&str> {
        self.collection.as_deref()
    }

    /// What is said in place of a reply.
    pub(super) fn refusal(&self, error: ClientError) -> Refusal {
        Refusal::Daemon { url: self.url().to_owned(), error }
    }

    /// The collection of a call: the one it names, the one that was named for all, or the only one there is.
    pub(super) async fn collection(&self, client: &mut Client, named: Option<String>) -> Result<String, Refusal> {
        if let Some(name) = named.or_else(|| self.collection.clone()) {
            return Ok(name);
        }
        let all = client.collections().await.map_err(|error| self.refusal(error))?.collections;
        let mut names: Vec<String> = all.into_iter().map(|collection| collection.name).collect();
        match (names.len(), names.pop()) {
            (1, Some(only)) => Ok(only),
            (_, Some(last)) => Err(Refusal::Several([names, vec![last]].concat())),
            (_, None) => Err(Refusal::NoCollection { url: self.url().to_owned() }),
        }
    }
}
