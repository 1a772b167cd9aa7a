//! BERT, DistilBERT and RoBERTa: the same layers under different names.

use super::builder::{Attention, Builder, Norm, Tensor};
use crate::Result;
use crate::encode::checkpoint::{self, Checkpoint, Config, Family, Matrix, Weights};

/// Names of a layer's tensors, without `.weight` and `.bias`.
struct Names {
    layer: &'static str,
    query: &'static str,
    key: &'static str,
    value: &'static str,
    out: &'static str,
    out_norm: &'static str,
    inner: &'static str,
    outer: &'static str,
    outer_norm: &'static str,
}

const BERT: Names = Names {
    layer: "encoder.layer",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    out: "attention.output.dense",
    out_norm: "attention.output.LayerNorm",
    inner: "intermediate.dense",
    outer: "output.dense",
    outer_norm: "output.LayerNorm",
};

const DISTILBERT: Names = Names {
    layer: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    out: "attention.out_lin",
    out_norm: "sa_layer_norm",
    inner: "ffn.lin1",
    outer: "ffn.lin2",
    outer_norm: "output_layer_norm",
};

/// The rows that are kept after the last layer.
pub(super) fn encoder(builder: &mut Builder, checkpoint: &Checkpoint<'_>) -> Result<Tensor> {
    let (config, weights) = (&checkpoint.config, &checkpoint.weights);
    let names = if config.family == Family::DistilBert { &DISTILBERT } else { &BERT };
    let mut x = embeddings(builder, config, weights)?;
    for number in 0..config.layers {
        x = layer(builder, &Layer { config, weights, names, number }, x)?;
    }
    Ok(x)
}

fn embeddings(builder: &mut Builder, config: &Config, weights: &Weights<'_>) -> Result<Tensor> {
    let (hidden, skipped) = (config.hidden, config.skipped_positions);
    let words = weights.matrix("embeddings.word_embeddings.weight", config.vocabulary, hidden)?;
    let positions = config.positions + skipped;
    let positions = weights.matrix("embeddings.position_embeddings.weight", positions, hidden)?;
    // All tokens are of the first type, so its vector is part of every position's.
    let kind = match config.token_types {
        0 => vec![0.0; hidden],
        types => weights.matrix("embeddings.token_type_embeddings.weight", types, hidden)?.values[..hidden].to_vec(),
    };
    let values = positions.values[skipped * hidden..].chunks_exact(hidden);
    let values = values.flat_map(|row| row.iter().zip(&kind).map(|(position, kind)| position + kind)).collect();
    let positions = Matrix { rows: config.positions, columns: hidden, values };
    let words = builder.embed("words", &words, "input_ids");
    let positions = builder.embed("places", &positions, "positions");
    let (gain, bias) = norm(weights, "embeddings.LayerNorm", hidden)?;
    let norm = Norm { gain: &gain, bias: Some(&bias), epsilon: config.epsilon };
    Ok(builder.norm_of_sum("embeddings", &words, &positions, &norm).0)
}

/// What one layer is built from.
struct Layer<'a> {
    config: &'a Config,
    weights: &'a Weights<'a>,
    names: &'static Names,
    number: usize,
}

impl Layer<'_> {
    fn name(&self, part: &str) -> String {
        format!("{}.{}.{part}", self.names.layer, self.number)
    }

    fn layer(&self, part: &str, outputs: usize, inputs: usize) -> Result<checkpoint::Layer> {
        self.weights.layer(&self.name(part), outputs, inputs)
    }
}

fn layer(builder: &mut Builder, layer: &Layer<'_>, x: Tensor) -> Result<Tensor> {
    let (config, names) = (layer.config, layer.names);
    let (hidden, inner) = (config.hidden, config.inner);
    let name = |part: &str| format!("layer{}.{part}", layer.number);

    let part = |part| layer.layer(part, hidden, hidden);
    let mixed = checkpoint::Layer::beside([part(names.query)?, part(names.key)?, part(names.value)?]);
    let mixed = builder.linear(&name("mixed"), &x, &mixed);
    let attention = Attention { heads: config.heads, shape: config.attention[layer.number] };
    let mut context = builder.attention(&name("attention"), &mixed, &attention);
    let mut x = x;
    if layer.number + 1 == config.layers {
        context = builder.node("Gather", &name("attention.kept"), &[&context, "rows"]);
        x = builder.node("Gather", &name("kept"), &[&x, "rows"]);
    }
    let out = builder.linear(&name("out"), &context, &part(names.out)?);
    let (gain, bias) = norm(layer.weights, &layer.name(names.out_norm), hidden)?;
    let norm_of = |gain, bias| Norm { gain, bias: Some(bias), epsilon: config.epsilon };
    let (x, _) = builder.norm_of_sum(&name("out.norm"), &out, &x, &norm_of(&gain, &bias));

    let (inner, outer) = (layer.layer(names.inner, inner, hidden)?, layer.layer(names.outer, hidden, inner)?);
    let out = builder.feed_forward(&name("forward"), &x, &inner, &outer);
    let (gain, bias) = norm(layer.weights, &layer.name(names.outer_norm), hidden)?;
    Ok(builder.norm_of_sum(&name("outer.norm"), &out, &x, &norm_of(&gain, &bias)).0)
}

fn norm(weights: &Weights<'_>, name: &str, length: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    Ok((weights.vector(&format!("{name}.weight"), length)?, weights.vector(&format!("{name}.bias"), length)?))
}
