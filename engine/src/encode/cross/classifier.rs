//! A graph that classifies sequences: batches of pairs in, one score a pair out.

use prost::Message;

use super::pair::Pair;
use super::settings::ClassifierSettings;
use crate::Result;
use crate::encode::checkpoint::Content;
use crate::encode::layout::{Input, stacked};
use crate::encode::runtime::Runtime;
use crate::encode::session::{GraphSession, Signature};
use crate::encode::shared::Shared;

const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];
const OUTPUT: &str = "logits";

/// A loaded classifier.
#[derive(Debug)]
pub(super) struct Classifier {
    session: GraphSession,
    settings: ClassifierSettings,
    /// The inputs that the graph has; segments may be absent.
    inputs: &'static [&'static str],
}

impl Classifier {
    /// Loads a graph and checks that it takes pairs and gives as many logits as there are labels.
    pub(super) fn load(runtime: &Runtime, settings: &ClassifierSettings, model: &Content) -> Result<Self> {
        let session = GraphSession::load(runtime, model, &Shared::default())?;
        let inputs = if session.takes(INPUTS[2]) { &INPUTS[..] } else { &INPUTS[..2] };
        let width = settings.labels.number;
        session.check(&Signature { inputs, output: OUTPUT, sides: 2, width, settings: "config.json" })?;
        Ok(Self { session, settings: settings.clone(), inputs })
    }

    /// Runs one pair to see whether the graph can; it is the model's fault if not.
    pub(super) fn probe(&mut self, pair: &Pair) -> Result<()> {
        let first = self.run(&[pair]);
        self.session.probed(pair.ids.len(), first).map(drop)
    }

    /// Log-odds of each pair of a batch, in its order.
    pub(super) fn run(&mut self, batch: &[&Pair]) -> Result<Vec<f32>> {
        let ClassifierSettings { labels, padding, .. } = &self.settings;
        let longest = batch.iter().map(|pair| pair.ids.len()).max().unwrap_or(0);
        let values = [
            stacked(longest, *padding, batch.iter().map(|pair| pair.ids.iter().copied())),
            stacked(longest, 0, batch.iter().map(|pair| pair.ids.iter().map(|_| 1))),
            stacked(longest, 0, batch.iter().map(|pair| pair.segments.iter().copied())),
        ];
        let input = |(&name, values)| Input { name, shape: vec![batch.len(), longest], values };
        let inputs: Vec<Input<'_>> = self.inputs.iter().zip(values).map(input).collect();
        self.session.run(&inputs, (OUTPUT, &[batch.len(), labels.number]), |logits| {
            logits.chunks_exact(labels.number).map(|logits| labels.log_odds(logits)).collect()
        })
    }
}

/// The part of ONNX' protobuf messages that names operators.
#[derive(Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<Nodes>,
}

#[derive(Message)]
struct Nodes {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
}

#[derive(Message)]
struct Node {
    #[prost(string, tag = "4")]
    op_type: String,
}

/// Whether a graph rounds activations by the range of all that is in a batch, so that a score would depend on its batch.
pub(super) fn rounds_by_batch(graph: &[u8]) -> bool {
    let nodes = Model::decode(graph).ok().and_then(|model| model.graph).map(|graph| graph.node);
    nodes.is_some_and(|nodes| nodes.iter().any(|node| node.op_type == "DynamicQuantizeLinear"))
}
