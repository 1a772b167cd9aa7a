//! The API of maxsimd, in both of its forms: how requests are written and replies read.

use maxsimd_server::wire::{
    AnswerBody, ChangeAnswer, DocumentBody, EncodeBody, EncodeReply, Encoding, Form, Input, InputType, List, Named,
    SearchAnswer, SearchBody, UpsertBody, Values, Vectors, Whole, Written, compact,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::workload::Body;
use super::{Ask, LoadError, Operation, Query};
use crate::measure::Ranking;

pub(super) fn search(ask: &Ask<'_>, query: &Query) -> Result<Body, LoadError> {
    let vectors = query.vectors.as_ref().map(|vectors| Vectors::bytes(vectors, Values::F32));
    let text = vectors.is_none().then(|| query.text.as_str().into());
    let body = SearchBody {
        query: text,
        vectors,
        k: Some(Whole(ask.k as u64)),
        mode: Some(ask.mode.name().into()),
        ..SearchBody::default()
    };
    written(ask, format!("/v1/collections/{}/search", ask.collection), &body)
}

pub(super) fn answer(ask: &Ask<'_>, query: &Query) -> Result<Body, LoadError> {
    let body = AnswerBody {
        question: Some(query.text.as_str().into()),
        collections: Some(List(vec![ask.collection.into()])),
        k: Some(Whole(ask.k as u64)),
        stream: Some(true),
        trace: Some("none".into()),
        ..AnswerBody::default()
    };
    written(ask, "/v1/answer".to_owned(), &body)
}

pub(super) fn encode(ask: &Ask<'_>, texts: &[&str], kind: InputType) -> Result<Body, LoadError> {
    let body = EncodeBody {
        input: Some(Input::Several(texts.iter().map(|&text| text.to_owned()).collect())),
        input_type: Some(Named(kind)),
        encoding: Some(Named(Encoding::F16)),
        ..EncodeBody::default()
    };
    written(ask, "/v1/encode".to_owned(), &body)
}

/// JSON only, as those speak it from whom the route is.
pub(super) fn rerank(query: &Query, documents: &[&str]) -> Body {
    ("/v1/rerank".to_owned(), json!({"query": query.text, "documents": documents}).to_string().into())
}

pub(super) fn upsert(ask: &Ask<'_>, id: &str, text: &str) -> Result<Body, LoadError> {
    let document = DocumentBody { id: Some(id.into()), text: Some(text.into()), ..DocumentBody::default() };
    let body = UpsertBody { documents: Some(List(vec![document])) };
    written(ask, format!("/v1/collections/{}/documents", ask.collection), &body)
}

fn written(ask: &Ask<'_>, path: String, body: &impl Written) -> Result<Body, LoadError> {
    let body = ask.api.form().write(body).map_err(|problem| LoadError::Unwritable(problem.detail))?;
    Ok((path, body.into()))
}

/// What is read of a search's reply in JSON.
#[derive(Deserialize)]
struct Found {
    hits: Vec<Hit>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Hit {
    document_id: Option<String>,
    score: f32,
}

/// What was found, and whether the deadline came before the search was over.
pub(super) fn found(form: Form, body: &[u8]) -> Option<(Ranking, bool)> {
    match form {
        Form::Json => {
            let Found { hits, partial } = serde_json::from_slice(body).ok()?;
            let hits = hits.into_iter().filter_map(|hit| Some((hit.document_id?, hit.score)));
            Some((Ranking::new(hits), partial))
        }
        Form::Compact => {
            let SearchAnswer { hits, partial, .. } = compact::decode_reply(body).ok()?;
            let hits = hits.into_iter().filter_map(|hit| Some((hit.document_id?, hit.score)));
            Some((Ranking::new(hits), partial))
        }
    }
}

/// Whether a reply can be read.
pub(super) fn is_reply(form: Form, operation: Operation, body: &[u8]) -> bool {
    match (form, operation) {
        (Form::Json, _) => body.first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(body).is_ok(),
        (Form::Compact, Operation::Search) => compact::decode_reply::<SearchAnswer>(body).is_ok(),
        (Form::Compact, Operation::Upsert) => compact::decode_reply::<ChangeAnswer>(body).is_ok(),
        (Form::Compact, Operation::Encode) => compact::decode_reply::<EncodeReply>(body).is_ok(),
        // These have no such form: one is a stream of events, the other is JSON only.
        (Form::Compact, Operation::Answer | Operation::Rerank) => false,
    }
}
