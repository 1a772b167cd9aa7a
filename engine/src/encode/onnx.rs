//! The encoder that runs a model folder: `model.onnx`, `tokenizer.json`, `encoder.json`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::folder::ModelFolder;
use super::graph::Graph;
use super::pool::Pool;
use super::runtime::{Runtime, fail};
use super::sequence::{Sequence, Side};
use super::settings::{EncoderSettings, GraphLayout};
use super::shared::Shared;
use super::tokenize::TextTokenizer;
use super::{Encoded, Encoder, Fingerprint, batch, pooling};
use crate::{Context, Error, Result, Stage, TokenMatrix};

/// Most sessions of one encoder.
const MAX_SESSIONS: usize = 256;
/// Most sessions that hold weights of their own.
const MAX_UNSHARED: usize = 4;

/// An encoder over ONNX Runtime. At most as many threads encode at a time as it has sessions; others wait.
#[derive(Debug)]
pub struct OnnxEncoder {
    settings: EncoderSettings,
    fingerprint: Fingerprint,
    tokenizer: TextTokenizer,
    query: Side,
    passage: Side,
    graphs: Pool<Graph>,
}

impl OnnxEncoder {
    /// Loads a model folder into 1 to 256 sessions and runs each, one with a sequence as long as the settings allow, so
    /// that a graph that cannot work is found here. Sessions of a graph that
    /// was converted here share its weights; of another graph there are four at most, each with weights of its own.
    pub fn open(runtime: &Runtime, folder: &Path, sessions: usize) -> Result<Self> {
        if !(1..=MAX_SESSIONS).contains(&sessions) {
            return Err(Error::invalid("sessions", format!("{sessions} is not within 1 and {MAX_SESSIONS}")));
        }
        let ModelFolder { settings, settings_path, vocabulary, model } = ModelFolder::read(folder)?;
        let tokenizer = TextTokenizer::parse(&vocabulary.path, &vocabulary.bytes)?;
        let query = Side::new(&settings_path, &settings.query, &tokenizer)?;
        let passage = Side::new(&settings_path, &settings.passage, &tokenizer)?;
        let fingerprint = fingerprint(&settings, &vocabulary.bytes, &model.bytes)?;
        let longest = [&query, &passage].map(Side::longest).into_iter().max_by_key(|sequence| sequence.ids.len());
        let word = passage.sequence(&tokenizer, "a")?;
        let (shared, sessions) = match settings.graph {
            GraphLayout::Packed => (Shared::of(&model.bytes).map_err(fail)?, sessions),
            GraphLayout::Padded(_) => (Shared::default(), sessions.min(MAX_UNSHARED)),
        };
        let graphs = (0..sessions).map(|index| {
            let mut graph = Graph::load(runtime, &settings, &model, &shared)?;
            graph.probe(longest.as_ref().filter(|_| index == 0).unwrap_or(&word))?;
            Ok(graph)
        });
        let graphs = Pool::new(graphs.collect::<Result<_>>()?)?;
        Ok(Self { settings, fingerprint, tokenizer, query, passage, graphs })
    }

    /// Settings of the model folder.
    pub fn settings(&self) -> &EncoderSettings {
        &self.settings
    }

    /// Ids of a text's tokens, as they stand in the vocabulary; special tokens and markers not among them.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>> {
        Ok(self.tokenizer.tokens(text, usize::MAX)?.ids)
    }

    fn sequences(&self, context: &Context, side: &Side, texts: &[&str]) -> Result<Vec<Sequence>> {
        let sequence = |text: &&str| {
            context.check()?;
            match self.settings.lowercase {
                true => side.sequence(&self.tokenizer, &text.to_lowercase()),
                false => side.sequence(&self.tokenizer, text),
            }
        };
        context.stage(Stage::Tokenize, || texts.iter().map(sequence).collect())
    }

    fn encode(
        &self,
        context: &Context,
        sequences: &[Sequence],
        batches: &[Vec<usize>],
        factor: usize,
    ) -> Result<Vec<Encoded>> {
        let work = Work { batches, sequences, factor, next: AtomicUsize::new(0), failed: AtomicBool::new(false) };
        let threads = self.graphs.size().min(batches.len());
        let mut done = context.stage(Stage::Encode, || self.encode_on(context, &work, threads))?;
        done.sort_unstable_by_key(|(index, _)| *index);
        let pairs = done.into_iter().zip(sequences);
        Ok(pairs.map(|((_, vectors), s)| Encoded { vectors, truncated_tokens: s.truncated }).collect())
    }

    /// Works on this thread and `threads - 1` more, which end before it returns.
    fn encode_on(&self, context: &Context, work: &Work<'_>, threads: usize) -> Result<Vec<(usize, TokenMatrix)>> {
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .map(|_| {
                    let context = context.fork();
                    scope.spawn(move || self.encode_some(&context, work))
                })
                .collect();
            let mut done = self.encode_some(context, work);
            for other in others {
                let theirs = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                done = done.and_then(|mut done| {
                    done.extend(theirs?);
                    Ok(done)
                });
            }
            done
        })
    }

    /// Takes batches until there are none left.
    fn encode_some(&self, context: &Context, work: &Work<'_>) -> Result<Vec<(usize, TokenMatrix)>> {
        let mut done = Vec::new();
        while let Some(batch) = work.take() {
            let sequences: Vec<&Sequence> = batch.iter().map(|&index| &work.sequences[index]).collect();
            let vectors = self.graphs.acquire(context).and_then(|mut graph| graph.member.run(&sequences));
            let pooled = vectors.and_then(|vectors| match work.factor {
                1 => Ok(vectors),
                factor => vectors.iter().map(|vectors| pooling::pool(vectors, factor)).collect(),
            });
            match pooled {
                Ok(vectors) => done.extend(batch.iter().copied().zip(vectors)),
                Err(error) => {
                    work.failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(done)
    }
}

/// Batches of one call, shared between its threads.
struct Work<'a> {
    batches: &'a [Vec<usize>],
    sequences: &'a [Sequence],
    /// How many vectors become one.
    factor: usize,
    next: AtomicUsize,
    failed: AtomicBool,
}

impl Work<'_> {
    fn take(&self) -> Option<&[usize]> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        self.batches.get(self.next.fetch_add(1, Ordering::Relaxed)).map(Vec::as_slice)
    }
}

impl Encoder for OnnxEncoder {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn width(&self) -> usize {
        self.settings.width
    }

    fn encode_queries(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        let sequences = self.sequences(context, &self.query, texts)?;
        if sequences.iter().any(|sequence| sequence.text_tokens == 0) {
            return Err(Error::invalid("query", "has no token that the encoder knows"));
        }
        let batches = match self.settings.graph {
            GraphLayout::Packed => batch::plan(&lengths(&sequences)),
            // What is padded depends in its last digits on what it is padded to.
            GraphLayout::Padded(_) => (0..sequences.len()).map(|index| vec![index]).collect(),
        };
        self.encode(context, &sequences, &batches, self.settings.query.pool)
    }

    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        let sequences = self.sequences(context, &self.passage, texts)?;
        self.encode(context, &sequences, &batch::plan(&lengths(&sequences)), self.settings.passage.pool)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(self.tokenizer.tokens(text, 0)?.total)
    }

    fn token_starts(&self, text: &str) -> Result<Vec<usize>> {
        self.tokenizer.starts(text)
    }
}

fn lengths(sequences: &[Sequence]) -> Vec<usize> {
    sequences.iter().map(|sequence| sequence.ids.len()).collect()
}

/// BLAKE3 over the three parts, each after its length, so that no two different encoders hash the same bytes.
fn fingerprint(settings: &EncoderSettings, vocabulary: &[u8], model: &[u8]) -> Result<Fingerprint> {
    let settings = serde_json::to_vec(settings).map_err(|e| Error::invalid("settings", e.to_string()))?;
    let mut hasher = blake3::Hasher::new();
    for part in [model, vocabulary, &settings] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    Ok(Fingerprint(hasher.finalize().to_hex().to_string()))
}
