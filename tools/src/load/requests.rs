//! Requests that are written before the first is sent.

use hyper::Method;
use hyper::body::Bytes;
use maxsimd_engine::seed::Random;
use serde_json::{Value, json};

use super::judge::Judge;
use super::workload::document_id;
use super::{Api, Ask, LoadError, Operation, Query, Workload};

/// One in so many requests of a mixed workload is an upsert.
const UPSERT_EVERY: usize = 10;
/// Documents that a mixed workload writes, over and over, and deletes at its end.
const DOCUMENTS: usize = 1000;

/// A request that only needs to be sent.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What it is for.
    pub operation: Operation,
    /// Whose words it is in.
    pub api: Api,
    /// How.
    pub method: Method,
    /// Where.
    pub path: String,
    /// In the form of its API.
    pub body: Bytes,
    /// Of its reply, if its query is judged.
    pub(super) judge: Option<Judge>,
}

/// All requests of a workload.
#[derive(Debug)]
pub struct Requests {
    main: Vec<Prepared>,
    upserts: Vec<Prepared>,
    /// Which query comes first: several clients at the same time ask different ones.
    first: usize,
}

impl Requests {
    /// Writes them: queries in their order, over and over, from one on that depends on the seed.
    pub fn new(ask: &Ask<'_>, queries: &[Query], seed: u64) -> Result<Self, LoadError> {
        if queries.is_empty() {
            return Err(LoadError::NoQueries);
        }
        ask.check(queries)?;
        let upserts = if ask.workload == Workload::Mixed { DOCUMENTS } else { 0 };
        let main = ask.requests(queries)?;
        Ok(Self {
            first: Random::new(seed).below(main.len()),
            main,
            upserts: (0..upserts).map(|number| ask.upsert(number, queries)).collect::<Result<_, _>>()?,
        })
    }

    /// The request that is sent in this place.
    pub fn at(&self, place: usize) -> &Prepared {
        match self.upserts.is_empty() || place % UPSERT_EVERY != UPSERT_EVERY - 1 {
            true => &self.main[(self.first + place) % self.main.len()],
            false => &self.upserts[place / UPSERT_EVERY % self.upserts.len()],
        }
    }

    /// What undoes the upserts, for the path of the documents.
    pub fn cleaning(&self) -> Option<Value> {
        let ids: Vec<String> = (0..self.upserts.len()).map(document_id).collect();
        (!ids.is_empty()).then(|| json!({"ids": ids}))
    }
}

#[cfg(test)]
mod tests {
    use maxsimd_engine::TokenMatrix;
    use maxsimd_engine::search::Mode;
    use maxsimd_server::wire::{Request, Search};

    use super::*;

    fn ask(workload: Workload, api: Api) -> Ask<'static> {
        Ask { workload, api, collection: "docs", mode: Mode::Late, k: 3, documents: &[] }
    }

    fn requests(workload: Workload, api: Api) -> Result<Requests, LoadError> {
        Requests::new(&ask(workload, api), &["a".into(), "b".into()], 1)
    }

    #[test]
    fn queries_are_asked_in_turn() {
        let requests = requests(Workload::Search, Api::Maxsimd).unwrap();
        let body = |place| serde_json::from_slice::<Value>(&requests.at(place).body).unwrap()["query"].clone();
        assert_ne!(body(0), body(1));
        assert_eq!(body(0), body(2));
        assert_eq!(requests.at(9).path, "/v1/collections/docs/search");
    }

    #[test]
    fn each_tenth_request_of_a_mixed_workload_is_an_upsert_that_is_undone() {
        let requests = requests(Workload::Mixed, Api::Maxsimd).unwrap();
        let upserts = (0..100).filter(|place| requests.at(*place).operation == Operation::Upsert).count();
        assert_eq!(upserts, 10);
        assert_eq!(requests.cleaning().unwrap()["ids"].as_array().unwrap().len(), DOCUMENTS);
    }

    #[test]
    fn the_other_api_is_asked_in_its_own_words() {
        let requests = requests(Workload::Search, Api::NextPlaid).unwrap();
        let body: Value = serde_json::from_slice(&requests.at(0).body).unwrap();
        assert_eq!(requests.at(0).path, "/indices/docs/search_with_encoding");
        assert_eq!((&body["params"], body["queries"].as_array().map(Vec::len)), (&json!({"top_k": 3}), Some(1)));
    }

    #[test]
    fn texts_are_encoded_and_ranked_in_turn() {
        let documents = ["x", "y", "z"].map(str::to_owned);
        let written = |ask: &Ask<'_>| {
            let requests = ask.requests(&["a".into(), "b".into()]).unwrap();
            let body = |one: &Prepared| serde_json::from_slice::<Value>(&one.body).unwrap();
            requests.iter().map(|one| (one.path.clone(), body(one))).collect::<Vec<_>>()
        };
        let ask = |workload, api, documents| Ask { k: 2, documents, ..ask(workload, api) };
        let encoded = written(&ask(Workload::Encode, Api::Maxsimd, &documents));
        assert_eq!(encoded[0].0, "/v1/encode");
        let input = [json!(["x", "y"]), json!(["z"])];
        assert_eq!(encoded.iter().map(|(_, body)| body["input"].clone()).collect::<Vec<_>>(), input);
        assert_eq!(encoded[0].1["input_type"], "document");
        assert_eq!(written(&ask(Workload::Encode, Api::Maxsimd, &[]))[0].1["input_type"], "query");
        let ranked = written(&ask(Workload::Rerank, Api::Maxsimd, &documents));
        assert_eq!(ranked[1], ("/v1/rerank".to_owned(), json!({"query": "b", "documents": ["x", "y"]})));
        let theirs = written(&ask(Workload::Rerank, Api::NextPlaid, &[]));
        assert_eq!(theirs[0], ("/rerank_with_encoding".to_owned(), json!({"query": "a", "documents": ["b", "a"]})));
    }

    #[test]
    fn vectors_are_sent_in_place_of_texts_as_each_api_takes_them() {
        let vectors = TokenMatrix::new(2, vec![1.0, 0.0, 0.0, -1.0]).unwrap();
        let queries = [Query { vectors: Some(vectors), ..Query::from("a") }];
        let sent = |api| Requests::new(&ask(Workload::Search, api), &queries, 1).unwrap().at(0).clone();
        let base64 = "AACAPwAAAAAAAAAAAACAvw==";
        let [ours, theirs] = [Api::Maxsimd, Api::NextPlaid].map(|api| {
            let Prepared { path, body, .. } = sent(api);
            (path, serde_json::from_slice::<Value>(&body).unwrap())
        });
        assert_eq!(ours.1, json!({"vectors": {"f32": base64, "shape": [2, 2]}, "k": 3, "mode": "late"}));
        assert_eq!(theirs.0, "/indices/docs/search");
        let queries = json!([{"embeddings_b64": base64, "shape": [2, 2]}]);
        assert_eq!(theirs.1, json!({"queries": queries, "params": {"top_k": 3}}));
    }

    #[test]
    fn the_compact_form_says_the_same_in_fewer_bytes() {
        let vectors = Some(TokenMatrix::new(2, vec![1.0, 0.0, 0.0, -1.0]).unwrap());
        for query in ["a".into(), Query { vectors, ..Query::from("a") }] {
            let [json, compact] = [Api::Maxsimd, Api::MaxsimdCompact].map(|api| {
                Requests::new(&ask(Workload::Search, api), std::slice::from_ref(&query), 1).unwrap().at(0).clone()
            });
            let [said, again] = [&json, &compact]
                .map(|one| format!("{:?}", <Search as Request>::parse(one.api.form(), &one.body).unwrap()));
            assert_eq!(said, again);
            assert_eq!(json.path, compact.path);
            assert!(compact.body.len() < json.body.len(), "{} {}", compact.body.len(), json.body.len());
        }
    }

    #[test]
    fn what_the_other_api_cannot_do_is_refused() {
        assert!(requests(Workload::Answer, Api::NextPlaid).is_err());
        assert!(requests(Workload::Rerank, Api::MaxsimdCompact).is_err());
        assert!(Requests::new(&ask(Workload::Search, Api::Maxsimd), &[], 0).is_err());
        let vectors = Some(TokenMatrix::new(1, vec![1.0]).unwrap());
        let queries = [Query { vectors, ..Query::from("a") }];
        for workload in [Workload::Answer, Workload::Encode, Workload::Rerank] {
            assert!(Requests::new(&ask(workload, Api::Maxsimd), &queries, 0).is_err(), "{workload:?}");
        }
    }

    #[test]
    fn what_a_workload_needs_is_asked_for() {
        let (queries, documents) = (["a".into()], ["x".to_owned()]);
        let nowhere = |workload| Ask { collection: "", ..ask(workload, Api::Maxsimd) };
        assert!(Requests::new(&nowhere(Workload::Search), &queries, 0).is_err());
        assert!(Requests::new(&nowhere(Workload::Encode), &queries, 0).is_ok());
        let ask = Ask { documents: &documents, ..ask(Workload::Search, Api::Maxsimd) };
        assert!(Requests::new(&ask, &queries, 0).is_err());
    }
}
