//! BERT, DistilBERT and RoBERTa: the same layers under different names.

use super::builder::{Attention, Builder, Norm, Tensor};
use crate::Result;
use crate::encode::checkpoint::{Checkpoint, Config, Family, Matrix, Weights};

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

    fn linear(&self, part: &str, outputs: usize, inputs: usize) -> Result<(Matrix, Vec<f32>)> {
        let name = self.name(part);
        let weights = self.weights.matrix(&format!("{name}.weight"), outputs, inputs)?;
        Ok((weights, self.weights.vector(&format!("{name}.bias"), outputs)?))
    }
}

fn layer(builder: &mut Builder, layer: &Layer<'_>, x: Tensor) -> Result<Tensor> {
    let (config, names) = (layer.config, layer.names);
    let (hidden, inner) = (config.hidden, config.inner);
    let name = |part: &str| format!("layer{}.{part}", layer.number);

    let parts = [names.query, names.key, names.value].map(|part| layer.linear(part, hidden, hidden));
    let [query, key, value] = parts;
    let (query, key, value) = (query?, key?, value?);
    let weights = Matrix::stacked(&[query.0, key.0, value.0]);
    let bias = [query.1, key.1, value.1].concat();
    let mixed = builder.linear(&name("mixed"), &x, &weights, Some(&bias), false);
    let attention = Attention { heads: config.heads, shape: config.attention[layer.number] };
    let mut context = builder.attention(&name("attention"), &mixed, &attention);
    let mut x = x;
    if layer.number + 1 == config.layers {
        context = builder.node("Gather", &name("attention.kept"), &[&context, "rows"]);
        x = builder.node("Gather", &name("kept"), &[&x, "rows"]);
    }
    let (weights, bias) = layer.linear(names.out, hidden, hidden)?;
    let out = builder.linear(&name("out"), &context, &weights, Some(&bias), false);
    let (gain, bias) = norm(layer.weights, &layer.name(names.out_norm), hidden)?;
    let norm_of = |gain, bias| Norm { gain, bias: Some(bias), epsilon: config.epsilon };
    let (x, _) = builder.norm_of_sum(&name("out.norm"), &out, &x, &norm_of(&gain, &bias));

    let (weights, bias) = layer.linear(names.inner, inner, hidden)?;
    let wide = builder.linear(&name("inner"), &x, &weights, Some(&bias), true);
    let (weights, bias) = layer.linear(names.outer, hidden, inner)?;
    let out = builder.linear(&name("outer"), &wide, &weights, Some(&bias), false);
    let (gain, bias) = norm(layer.weights, &layer.name(names.outer_norm), hidden)?;
    Ok(builder.norm_of_sum(&name("outer.norm"), &out, &x, &norm_of(&gain, &bias)).0)
}

fn norm(weights: &Weights<'_>, name: &str, length: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    Ok((weights.vector(&format!("{name}.weight"), length)?, weights.vector(&format!("{name}.bias"), length)?))
}
