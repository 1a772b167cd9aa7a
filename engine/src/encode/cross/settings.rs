//! What `config.json` and `tokenizer_config.json` say of a sequence classifier.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::labels::Labels;
use crate::encode::checkpoint::{Content, skipped_positions};
use crate::{Error, Result};

/// Longest pair, special tokens included, whatever a model allows.
const MOST_TOKENS: usize = 512;
/// Most labels.
const MOST_LABELS: usize = 1000;
/// Labels of a configuration that has none, which is how transformers writes two without names.
const DEFAULT_LABELS: usize = 2;

/// Settings of a classifier. Part of its fingerprint.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ClassifierSettings {
    pub(super) labels: Labels,
    /// Most tokens of a pair, special tokens included.
    pub(super) limit: usize,
    /// Token that shorter pairs are filled up with.
    pub(super) padding: u32,
}

/// The fields of `config.json` that matter.
#[derive(Deserialize)]
struct Config {
    architectures: Option<Vec<String>>,
    model_type: Option<String>,
    id2label: Option<BTreeMap<usize, String>>,
    num_labels: Option<usize>,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<u32>,
}

#[derive(Deserialize)]
struct TokenizerConfig {
    /// Larger than any integer where there is no limit.
    model_max_length: Option<Value>,
}

impl ClassifierSettings {
    /// Reads the settings of a folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let config = Content::settings(folder, "config.json")?;
        let tokenizer = match Content::settings_if_present(folder, "tokenizer_config.json")? {
            Some(content) => content.json::<TokenizerConfig>()?.model_max_length,
            None => None,
        };
        let most = tokenizer.and_then(|most| most.as_u64()).and_then(|most| usize::try_from(most).ok());
        let settings = config.json::<Config>()?.settings(most.unwrap_or(MOST_TOKENS));
        settings.map_err(|reason| Error::Model { path: config.path, reason })
    }
}

impl Config {
    fn settings(self, most: usize) -> Result<ClassifierSettings, String> {
        let architectures = self.architectures.unwrap_or_default();
        let is_classifier = |name: &String| name.ends_with("ForSequenceClassification");
        if !architectures.is_empty() && !architectures.iter().any(is_classifier) {
            return Err(format!("architectures: {architectures:?}; a cross-encoder is a ...ForSequenceClassification"));
        }
        let padding = self.pad_token_id.and_then(|id| usize::try_from(id).ok());
        let skipped = skipped_positions(self.model_type.as_deref().unwrap_or_default(), padding);
        let positions = self.max_position_embeddings.map_or(MOST_TOKENS, |all| all.saturating_sub(skipped));
        Ok(ClassifierSettings {
            labels: labels(self.id2label, self.num_labels)?,
            limit: MOST_TOKENS.min(positions).min(most),
            padding: self.pad_token_id.unwrap_or(0),
        })
    }
}

fn labels(names: Option<BTreeMap<usize, String>>, number: Option<usize>) -> Result<Labels, String> {
    let number = names.as_ref().map(BTreeMap::len).or(number).unwrap_or(DEFAULT_LABELS);
    if !(1..=MOST_LABELS).contains(&number) {
        return Err(format!("id2label: {number} labels are not within 1 and {MOST_LABELS}"));
    }
    match names {
        Some(names) if !names.keys().copied().eq(0..number) => {
            Err(format!("id2label: {number} labels are not numbered from 0"))
        }
        Some(names) => Labels::new(names.into_values().collect()),
        None => Labels::new((0..number).map(|number| format!("LABEL_{number}")).collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(change: &Value) -> Result<ClassifierSettings, String> {
        let mut config = json!({"architectures": ["BertForSequenceClassification"], "model_type": "bert",
            "id2label": {"0": "LABEL_0"}, "max_position_embeddings": 512, "pad_token_id": 0});
        config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value::<Config>(config).map_err(|e| e.to_string())?.settings(1000)
    }

    #[test]
    fn the_limit_is_what_positions_and_tokenizer_allow_and_never_more_than_512() {
        for (change, limit) in [
            (json!({}), 512),
            (json!({"max_position_embeddings": 8192}), 512),
            (json!({"max_position_embeddings": 1_u64 << 60}), 512),
            (json!({"max_position_embeddings": null}), 512),
            (json!({"max_position_embeddings": 128}), 128),
            (json!({"max_position_embeddings": 130, "model_type": "roberta", "pad_token_id": 1}), 128),
            (json!({"max_position_embeddings": 130, "model_type": "roberta", "pad_token_id": u32::MAX}), 0),
        ] {
            assert_eq!(settings(&change).unwrap().limit, limit, "{change}");
        }
    }

    #[test]
    fn what_is_no_classifier_of_a_sensible_size_is_refused_with_what_was_found() {
        for (change, said) in [
            (json!({"architectures": ["BertModel"]}), "BertModel"),
            (json!({"id2label": {}}), "0 labels"),
            (json!({"id2label": null, "num_labels": 0}), "0 labels"),
            (json!({"id2label": null, "num_labels": 1_000_000}), "1000000 labels"),
            (json!({"id2label": {"0": "no", "2": "yes"}}), "numbered"),
            (json!({"id2label": {"-1": "no"}}), "-1"),
            (json!({"pad_token_id": -1}), "-1"),
        ] {
            let reason = settings(&change).unwrap_err();
            assert!(reason.contains(said), "{change}: {reason}");
        }
    }

    #[test]
    fn no_labels_are_two_without_names() {
        let two = settings(&json!({"id2label": null})).unwrap();
        let named = settings(&json!({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}})).unwrap();
        assert_eq!(two.labels, named.labels);
    }
}
