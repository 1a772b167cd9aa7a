//! ModernBERT: normalisation first, rotary positions, local and global attention, gated layers (Warner et al. 2024).

use super::builder::{Attention, Builder, Norm, Tensor};
use crate::Result;
use crate::encode::checkpoint::{self, Checkpoint, Config, Weights};

/// The rows that are kept after the last layer.
pub(super) fn encoder(builder: &mut Builder, checkpoint: &Checkpoint<'_>) -> Result<Tensor> {
    let (config, weights) = (&checkpoint.config, &checkpoint.weights);
    let words = weights.matrix("embeddings.tok_embeddings.weight", config.vocabulary, config.hidden)?;
    let words = builder.embed("words", &words, "input_ids");
    let first = Weighted::norm(weights, "embeddings.norm", config)?;
    // The sum of all layers so far, and its normalised rows.
    let mut sum = builder.norm("embeddings", &words, &first.as_norm());
    let mut x = sum.clone();
    for number in 0..config.layers {
        let layer = Layer { config, weights, number };
        let mut context = layer.attention(builder, &x)?;
        if number + 1 == config.layers {
            context = builder.node("Gather", &layer.name("attention.kept"), &[&context, "rows"]);
            sum = builder.node("Gather", &layer.name("kept"), &[&sum, "rows"]);
        }
        let wo = layer.layer("attn.Wo", config.hidden, config.hidden)?;
        let out = builder.linear(&layer.name("out"), &context, &wo);
        let norm = Weighted::norm(weights, &layer.full("mlp_norm"), config)?;
        let (normed, summed) = builder.norm_of_sum(&layer.name("mlp_norm"), &out, &sum, &norm.as_norm());
        let out = layer.gated(builder, &normed)?;
        let next = match number + 1 == config.layers {
            true => "final_norm".to_owned(),
            false => format!("layers.{}.attn_norm", number + 1),
        };
        let norm = Weighted::norm(weights, &next, config)?;
        (x, sum) = builder.norm_of_sum(&next, &out, &summed, &norm.as_norm());
    }
    Ok(x)
}

struct Weighted {
    gain: Vec<f32>,
    bias: Option<Vec<f32>>,
    epsilon: f32,
}

impl Weighted {
    fn norm(weights: &Weights<'_>, name: &str, config: &Config) -> Result<Self> {
        let gain = weights.vector(&format!("{name}.weight"), config.hidden)?;
        let bias = weights.vector_if_present(&format!("{name}.bias"), config.hidden)?;
        Ok(Self { gain, bias, epsilon: config.epsilon })
    }

    fn as_norm(&self) -> Norm<'_> {
        Norm { gain: &self.gain, bias: self.bias.as_deref(), epsilon: self.epsilon }
    }
}

struct Layer<'a> {
    config: &'a Config,
    weights: &'a Weights<'a>,
    number: usize,
}

impl Layer<'_> {
    fn full(&self, part: &str) -> String {
        format!("layers.{}.{part}", self.number)
    }

    fn name(&self, part: &str) -> String {
        format!("layer{}.{part}", self.number)
    }

    fn layer(&self, part: &str, outputs: usize, inputs: usize) -> Result<checkpoint::Layer> {
        self.weights.layer(&self.full(part), outputs, inputs)
    }

    fn attention(&self, builder: &mut Builder, x: &str) -> Result<Tensor> {
        let (hidden, heads) = (self.config.hidden, self.config.heads);
        let mixed = builder.linear(&self.name("mixed"), x, &self.layer("attn.Wqkv", 3 * hidden, hidden)?);
        let attention = Attention { heads, shape: self.config.attention[self.number] };
        Ok(builder.attention(&self.name("attention"), &mixed, &attention))
    }

    /// `(gelu(x first half) * second half) Wo`.
    fn gated(&self, builder: &mut Builder, x: &str) -> Result<Tensor> {
        let (hidden, inner) = (self.config.hidden, self.config.inner);
        let both = self.layer("mlp.Wi", 2 * inner, hidden)?;
        Ok(builder.feed_forward(&self.name("mlp"), x, &both, &self.layer("mlp.Wo", hidden, inner)?))
    }
}
