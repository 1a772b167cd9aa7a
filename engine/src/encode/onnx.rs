//! The encoder that runs a model folder: `model.onnx`, `tokenizer.json`, `encoder.json`.

use std::path::Path;

use super::folder::ModelFolder;
use super::graph::Graph;
use super::pool::Pool;
use super::runtime::{Runtime, fail};
use super::sequence::{Sequence, Side};
use super::settings::{EncoderSettings, GraphLayout};
use super::shared::{MAX_UNSHARED, Shared};
use super::tokenize::TextTokenizer;
use super::{Encoded, Encoder, Fingerprint, batch, pooling};
use crate::{Context, Error, Result, Stage};

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
    /// that a graph that cannot work is found here. Sessions of a graph that was converted here share its weights; of
    /// another graph there are four at most, each with weights of its own.
    pub fn open(runtime: &Runtime, folder: &Path, sessions: usize) -> Result<Self> {
        let ModelFolder { settings, settings_path, vocabulary, model } = ModelFolder::read(folder)?;
        let tokenizer = TextTokenizer::parse(&vocabulary.path, &vocabulary.bytes)?;
        let query = Side::new(&settings_path, &settings.query, &tokenizer)?;
        let passage = Side::new(&settings_path, &settings.passage, &tokenizer)?;
        let fingerprint = Fingerprint::of(&settings, &vocabulary.bytes, &model.bytes)?;
        let longest = [&query, &passage].map(Side::longest).into_iter().max_by_key(|sequence| sequence.ids.len());
        let word = passage.sequence(&tokenizer, "a")?;
        let (shared, most) = match settings.graph {
            GraphLayout::Packed => (Shared::of(&model.bytes).map_err(fail)?, sessions),
            GraphLayout::Padded(_) => (Shared::default(), MAX_UNSHARED),
        };
        let graphs = Pool::of(sessions, most, |index| {
            let mut graph = Graph::load(runtime, &settings, &model, &shared)?;
            graph.probe(longest.as_ref().filter(|_| index == 0).unwrap_or(&word))?;
            Ok(graph)
        })?;
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
                true => {
                    let lower = text.to_lowercase();
                    let mut sequence = side.sequence(&self.tokenizer, &lower)?;
                    if lower.len() != text.len() {
                        // Its bytes are not those of the text.
                        sequence.starts.fill(None);
                    }
                    Ok(sequence)
                }
                false => side.sequence(&self.tokenizer, text),
            }
        };
        context.stage(Stage::Tokenize, || texts.iter().map(sequence).collect())
    }

    fn encode(&self, context: &Context, sequences: &[Sequence], budget: usize, factor: usize) -> Result<Vec<Encoded>> {
        let lengths: Vec<usize> = sequences.iter().map(|sequence| sequence.ids.len()).collect();
        let batches = batch::plan(&lengths, budget);
        let work = |context: &Context, batch: &[usize]| {
            let batch: Vec<&Sequence> = batch.iter().map(|&index| &sequences[index]).collect();
            let vectors = self.graphs.acquire(context)?.member.run(&batch)?;
            match factor {
                1 => Ok(vectors),
                factor => vectors.iter().map(|vectors| pooling::pool(vectors, factor)).collect(),
            }
        };
        let run = || batch::run(context, self.graphs.size(), &batches, work);
        let encoded = context.stage(Stage::Encode, run)?.into_iter().zip(sequences);
        let encoded = encoded.map(|(vectors, sequence)| {
            let starts = if factor == 1 { sequence.starts.clone() } else { vec![None; vectors.rows()] };
            Encoded { vectors, truncated_tokens: sequence.truncated, starts }
        });
        Ok(encoded.collect())
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
        let budget = match self.settings.graph {
            GraphLayout::Packed => batch::TOKEN_BUDGET,
            // What is padded depends in its last digits on what it is padded to, so each goes alone.
            GraphLayout::Padded(_) => 0,
        };
        self.encode(context, &sequences, budget, self.settings.query.pool)
    }

    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        let sequences = self.sequences(context, &self.passage, texts)?;
        self.encode(context, &sequences, batch::TOKEN_BUDGET, self.settings.passage.pool)
    }

    fn passage_starts(&self, context: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>> {
        let sequences = self.sequences(context, &self.passage, texts)?;
        Ok(match self.settings.passage.pool {
            1 => sequences.into_iter().map(|sequence| sequence.starts).collect(),
            _ => vec![Vec::new(); texts.len()],
        })
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(self.tokenizer.tokens(text, 0)?.total)
    }

    fn token_starts(&self, text: &str) -> Result<Vec<usize>> {
        self.tokenizer.starts(text)
    }
}
