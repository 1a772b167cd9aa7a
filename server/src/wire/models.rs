//! Models as clients of OpenAI list them.

use serde::Serialize;

use super::schema::described;

described! {
    /// All models.
    #[derive(Debug, Serialize)]
    pub struct ModelsBody {
        /// `list`.
        object: &'static str,
        /// Those that encode first.
        pub data: Vec<ModelBody>,
    }
}

described! {
    /// One model.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
    pub struct ModelBody {
        /// Its name.
        pub id: String,
        /// `model`.
        object: &'static str,
        /// In seconds since 1970.
        created: u64,
        /// `maxsimd`.
        owned_by: &'static str,
        /// What it is for.
        pub kind: ModelKind,
    }
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Token vectors, embeddings and ranking.
    Encoder,
    /// Ranking.
    CrossEncoder,
    /// Chat completions.
    Technique,
}

impl ModelsBody {
    /// A list of models.
    pub fn new(data: Vec<ModelBody>) -> Self {
        Self { object: "list", data }
    }
}

impl ModelBody {
    /// A model that is there since a second of 1970's count.
    pub fn new(id: impl Into<String>, kind: ModelKind, created: u64) -> Self {
        Self { id: id.into(), object: "model", created, owned_by: "maxsimd", kind }
    }
}
