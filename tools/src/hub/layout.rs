//! Which files make an encoder or a cross-encoder. Nothing else is ever asked for, so no name in a repository leads
//! anywhere else.

use maxsimd_engine::encode::OnnxCrossEncoder;
use serde::Deserialize;

use super::error::HubError;
use super::listing::Listing;
use super::reference::Repository;

/// Largest settings file, tokenizer, weights and weights of a projection; encoders open no larger ones.
const MOST_SETTINGS: u64 = 1 << 20;
const MOST_VOCABULARY: u64 = 64 << 20;
const MOST_WEIGHTS: u64 = 4 << 30;
const MOST_PROJECTION: u64 = 256 << 20;

const TOKENIZER: &str = "tokenizer.json";
/// Settings beside a checkpoint, all of which may be absent.
const SETTINGS: [&str; 6] = [
    "tokenizer_config.json",
    "special_tokens_map.json",
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "artifact.metadata",
];
/// Endings of files that hold Python pickles.
const PICKLES: [&str; 6] = [".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"];

/// A set of files that an encoder or a cross-encoder opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// `encoder.json` and its graph.
    Own,
    /// A checkpoint, to be converted.
    Checkpoint,
    /// The ONNX export of PyLate models.
    Export,
    /// A sequence classifier's ONNX graph.
    CrossEncoder,
}

/// The field of `config.json` that tells a sequence classifier.
#[derive(Deserialize)]
struct Config {
    architectures: Vec<String>,
}

impl Layout {
    /// Whether a repository may be a cross-encoder, which its `config.json` will say.
    pub(super) fn may_be_cross_encoder(listing: &Listing) -> bool {
        let other = ["encoder.json", "onnx_config.json"].iter().any(|name| listing.has(name));
        !other && listing.has("config.json") && listing.has(TOKENIZER) && cross_graph(listing).is_some()
    }

    /// Whether a `config.json` is that of a sequence classifier.
    pub(super) fn is_cross_encoder(config: &[u8]) -> bool {
        let classifies = |name: &String| name.ends_with("ForSequenceClassification");
        serde_json::from_slice::<Config>(config).is_ok_and(|config| config.architectures.iter().any(classifies))
    }

    /// The layouts that a repository has, best first: a graph made here is faster than an export.
    pub(super) fn of(repository: &Repository, listing: &Listing) -> Result<Vec<Self>, HubError> {
        let all = |names: &[&str]| names.iter().all(|name| listing.has(name));
        let export = listing.has("model.onnx") || listing.has("model_int8.onnx");
        let found: Vec<Self> = [
            (Self::Own, all(&["encoder.json", "model.onnx", TOKENIZER])),
            (Self::Checkpoint, all(&["config.json", "model.safetensors", TOKENIZER])),
            (Self::Export, all(&["onnx_config.json", TOKENIZER]) && export),
        ]
        .into_iter()
        .filter_map(|(layout, there)| there.then_some(layout))
        .collect();
        if found.is_empty() { Err(refusal(repository, listing)) } else { Ok(found) }
    }

    /// The files of the layout.
    pub(super) fn files(self, repository: &Repository, listing: &Listing) -> Result<Vec<String>, HubError> {
        let fixed: Vec<&str> = match self {
            Self::Own => vec!["encoder.json", "model.onnx", TOKENIZER],
            Self::Export if listing.has("model_int8.onnx") => vec!["onnx_config.json", "model_int8.onnx", TOKENIZER],
            Self::Export => vec!["onnx_config.json", "model.onnx", TOKENIZER],
            Self::CrossEncoder => {
                let settings = Some("tokenizer_config.json").filter(|name| listing.has(name));
                ["config.json", TOKENIZER].into_iter().chain(settings).chain(cross_graph(listing)).collect()
            }
            Self::Checkpoint => {
                let settings = SETTINGS.into_iter().filter(|name| listing.has(name));
                let projections = listing.names().filter(|name| is_projection(name) && most_bytes(name).is_some());
                unpickled(repository, listing)?;
                ["config.json", "model.safetensors", TOKENIZER].into_iter().chain(settings).chain(projections).collect()
            }
        };
        Ok(fixed.into_iter().map(str::to_owned).collect())
    }
}

/// Largest file of a name that is fetched; `None` for names that are not.
pub(super) fn most_bytes(path: &str) -> Option<u64> {
    match path {
        TOKENIZER => Some(MOST_VOCABULARY),
        "model.safetensors" | "model.onnx" | "model_int8.onnx" => Some(MOST_WEIGHTS),
        _ if OnnxCrossEncoder::GRAPHS.contains(&path) => Some(MOST_WEIGHTS),
        "config.json" | "onnx_config.json" | "encoder.json" => Some(MOST_SETTINGS),
        _ if SETTINGS.contains(&path) => Some(MOST_SETTINGS),
        _ if is_projection(path) && path.ends_with("/config.json") => Some(MOST_SETTINGS),
        _ if is_projection(path) && path.ends_with("/model.safetensors") => Some(MOST_PROJECTION),
        _ => None,
    }
}

/// The graph that a cross-encoder opens of those that a repository has.
fn cross_graph(listing: &Listing) -> Option<&'static str> {
    OnnxCrossEncoder::GRAPHS.into_iter().find(|name| listing.has(name))
}

/// Whether a path is a file directly in a folder `1_Dense` to `99_Dense`.
fn is_projection(path: &str) -> bool {
    let Some((folder, name)) = path.split_once('/') else { return false };
    let number = folder.strip_suffix("_Dense").unwrap_or_default();
    (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains('/')
}

/// Fails if a projection's weights are there as a pickle only.
fn unpickled(repository: &Repository, listing: &Listing) -> Result<(), HubError> {
    for config in listing.names().filter(|name| is_projection(name) && name.ends_with("/config.json")) {
        let folder = config.trim_end_matches("config.json");
        let path = format!("{folder}pytorch_model.bin");
        if !listing.has(&format!("{folder}model.safetensors")) && listing.has(&path) {
            return Err(HubError::Pickle { repository: repository.clone(), path });
        }
    }
    Ok(())
}

/// Why a repository is no encoder.
fn refusal(repository: &Repository, listing: &Listing) -> HubError {
    let is_pickle = |name: &&str| !name.contains('/') && PICKLES.iter().any(|ending| name.ends_with(ending));
    let safe = ["model.safetensors", "model.safetensors.index.json", "model.onnx", "model_int8.onnx"];
    let has_safe = safe.iter().any(|name| listing.has(name));
    if let (false, Some(path)) = (has_safe, listing.names().find(is_pickle)) {
        return HubError::Pickle { repository: repository.clone(), path: path.to_owned() };
    }
    let reason = if listing.has("model.safetensors.index.json") {
        "keeps its weights in several files, which no encoder here opens; save it as one model.safetensors"
    } else if has_safe && !listing.has(TOKENIZER) {
        "has no tokenizer.json; save the tokenizer with transformers' fast tokenizers, and give --model the folder"
    } else {
        "holds no encoder: neither config.json, model.safetensors and tokenizer.json, nor onnx_config.json and \
         model.onnx, nor encoder.json and model.onnx, at its top"
    };
    HubError::Unusable { repository: repository.clone(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_list_are_fetched_however_they_are_spelled() {
        for path in ["config.json", "artifact.metadata", "1_Dense/config.json", "12_Dense/model.safetensors"] {
            assert!(most_bytes(path).is_some(), "{path}");
        }
        for path in [
            "pytorch_model.bin",
            "../config.json",
            "/config.json",
            "./config.json",
            "1_Dense/../config.json",
            "maxsim.lock",
            "1_Dense/pytorch_model.bin",
            "_Dense/config.json",
            "x_Dense/config.json",
            "1_Dense/a/config.json",
            "",
            "1_Dense\\config.json",
            "123_Dense/config.json",
            "modeling_custom.py",
            "model.safetensors ",
        ] {
            assert_eq!(most_bytes(path), None, "{path}");
        }
    }
}
