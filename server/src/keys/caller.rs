//! Who asks, as far as it decides what is done.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use maxsimd_engine::collection::CollectionName;

use super::{Key, KeyScope};
use crate::error::{Code, Problem};

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Anybody: the daemon has no keys.
    Anybody,
    /// The holder of a key.
    Holder(Arc<Key>),
}

impl Caller {
    /// Whether this is within the caller's scope.
    pub(super) fn has(&self, scope: KeyScope) -> bool {
        match self {
            Self::Anybody => true,
            Self::Holder(key) => key.scope >= scope,
        }
    }

    /// Whether the caller may know of a collection. It is called by its own name, never by an alias.
    pub(crate) fn sees(&self, collection: &CollectionName) -> bool {
        match self {
            Self::Anybody => true,
            Self::Holder(key) => key.collections.as_ref().is_none_or(|names| names.contains(collection)),
        }
    }

    /// Refuses a collection that the caller may not know of, whether or not there is one; `asked` is what it was called.
    pub(crate) fn check(&self, collection: &CollectionName, asked: &str) -> Result<(), Problem> {
        match self.sees(collection) {
            true => Ok(()),
            false => Err(Problem::new(Code::CollectionNotAllowed, format!("this key is not for collection {asked}"))),
        }
    }

    /// Refuses what tells of all collections to who may not know of all.
    pub(crate) fn check_all(&self) -> Result<(), Problem> {
        match self {
            Self::Holder(key) if key.collections.is_some() => {
                let detail = "this tells of all collections, and the key is for some of them";
                Err(Problem::new(Code::CollectionNotAllowed, detail))
            }
            Self::Anybody | Self::Holder(_) => Ok(()),
        }
    }
}

/// Who asked, as the layer that found out has left it. Without that layer nobody is let through.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let unknown = || Problem::new(Code::Internal, "nobody asked for a key");
        parts.extensions.get::<Self>().cloned().ok_or_else(unknown)
    }
}
