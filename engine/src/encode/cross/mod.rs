//! Cross-encoders: how relevant each passage is to a query, read together. For ranking finalists again, and for grading.

mod classifier;
mod labels;
mod pair;
mod settings;

use std::path::Path;

use self::classifier::{Classifier, rounds_by_batch};
use self::pair::{Pair, PairForm};
use self::settings::ClassifierSettings;
use super::checkpoint::{Content, MOST_VOCABULARY, MOST_WEIGHTS, name_of};
use super::pool::Pool;
use super::runtime::Runtime;
use super::shared::MAX_UNSHARED;
use super::tokenize::TextTokenizer;
use super::{Fingerprint, batch};
use crate::{Context, Error, Result, Stage};

/// Scores passages against a query, each read together with it. Scores come in the order of the passages and depend on
/// nothing but the texts of the call, whatever the number of threads.
pub trait CrossEncoder: Send + Sync + std::fmt::Debug {
    /// Short name, e.g. `ms-marco-MiniLM-L6-v2`.
    fn name(&self) -> &str;
    /// Identity of weights, tokenizer and settings.
    fn fingerprint(&self) -> &Fingerprint;
    /// Log-odds (natural logarithm) that each passage is relevant to the query, one finite number a passage;
    /// `1 / (1 + exp(-score))` is the probability. A passage is cut to what the query leaves of the limit, a query to half
    /// of the limit. A query without a single token is an error (`Error::Invalid`, field `query`).
    fn score(&self, context: &Context, query: &str, passages: &[&str]) -> Result<Vec<f32>>;
}

/// A cross-encoder over ONNX Runtime: a sequence classifier in Hugging Face's layout. At most as many threads score at a
/// time as it has sessions; others wait.
///
/// A score moves by rounding (less than 1e-4) with the pairs that share its batch, and not at all where they are as long.
/// Graphs in int8 that round a whole batch by one range are given one pair at a time.
#[derive(Debug)]
pub struct OnnxCrossEncoder {
    name: String,
    fingerprint: Fingerprint,
    tokenizer: TextTokenizer,
    form: PairForm,
    classifiers: Pool<Classifier>,
    budget: usize,
}

impl OnnxCrossEncoder {
    /// Where a folder may have its graph; the first that is there is taken.
    pub const GRAPHS: [&str; 5] =
        ["model_int8.onnx", "onnx/model_int8.onnx", "onnx/model_quantized.onnx", "model.onnx", "onnx/model.onnx"];

    /// Loads `config.json`, `tokenizer.json`, `tokenizer_config.json` if there is one, and the first of
    /// [`GRAPHS`](Self::GRAPHS) into 1 to 256 sessions, and runs each, one with a pair as long as the limit: 512 tokens, or
    /// what positions and tokenizer allow. There are four sessions at most, each with weights of its own.
    ///
    /// The graph takes `input_ids`, `attention_mask` and perhaps `token_type_ids` (int64, pairs x tokens) and gives `logits`
    /// (f32, pairs x labels). One label's logit is the score. Of several labels, that called entailment, relevant, yes, true
    /// or positive is the relevant one, or the second of two without names. Anything else is `Error::Model`, which names the
    /// file.
    pub fn open(runtime: &Runtime, folder: &Path, sessions: usize) -> Result<Self> {
        let settings = ClassifierSettings::read(folder)?;
        let vocabulary = Content::read(folder.join("tokenizer.json"), MOST_VOCABULARY)?;
        let model = graph(folder)?;
        let tokenizer = TextTokenizer::parse(&vocabulary.path, &vocabulary.bytes)?;
        let form = PairForm::new(&vocabulary.path, settings.limit, &tokenizer)?;
        let fingerprint = Fingerprint::of(&settings, &vocabulary.bytes, &model.bytes)?;
        let classifiers = Pool::of(sessions, MAX_UNSHARED, |index| {
            let mut classifier = Classifier::load(runtime, &settings, &model)?;
            classifier.probe(&if index == 0 { form.longest() } else { form.shortest() })?;
            Ok(classifier)
        })?;
        let budget = if rounds_by_batch(&model.bytes) { 0 } else { batch::TOKEN_BUDGET };
        Ok(Self { name: name_of(folder), fingerprint, tokenizer, form, classifiers, budget })
    }

    fn pairs(&self, context: &Context, query: &str, passages: &[&str]) -> Result<Vec<Pair>> {
        let query = self.form.query(&self.tokenizer, query)?;
        let pair = |passage: &&str| {
            context.check()?;
            self.form.pair(&self.tokenizer, &query, passage)
        };
        passages.iter().map(pair).collect()
    }
}

impl CrossEncoder for OnnxCrossEncoder {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn score(&self, context: &Context, query: &str, passages: &[&str]) -> Result<Vec<f32>> {
        let pairs = context.stage(Stage::Tokenize, || self.pairs(context, query, passages))?;
        let lengths: Vec<usize> = pairs.iter().map(|pair| pair.ids.len()).collect();
        let batches = batch::plan(&lengths, self.budget);
        let work = |context: &Context, batch: &[usize]| {
            let batch: Vec<&Pair> = batch.iter().map(|&index| &pairs[index]).collect();
            self.classifiers.acquire(context)?.member.run(&batch)
        };
        context.stage(Stage::CrossEncode, || batch::run(context, self.classifiers.size(), &batches, work))
    }
}

/// The graph of a folder.
fn graph(folder: &Path) -> Result<Content> {
    for name in OnnxCrossEncoder::GRAPHS {
        if let Some(model) = Content::read_if_present(folder.join(name), MOST_WEIGHTS)? {
            return Ok(model);
        }
    }
    let reason = format!("holds no graph of a cross-encoder: none of {:?}", OnnxCrossEncoder::GRAPHS);
    Err(Error::Model { path: folder.to_path_buf(), reason })
}
