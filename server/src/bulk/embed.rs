//! Texts to one vector each: the direction of the mean of their token vectors.

use maxsimd_engine::Context;

use super::Models;
use super::slices::{self, Cut};
use crate::error::Problem;
use crate::wire::{EmbeddingsAsk, EmbeddingsReply};

pub(crate) fn embed(models: &Models, context: &Context, ask: EmbeddingsAsk) -> Result<EmbeddingsReply, Problem> {
    let encoder = &*models.encoder.get()?;
    let width = encoder.width();
    if ask.dimensions.is_some_and(|dimensions| dimensions != width) {
        let detail = format!("the vectors of {} have {width} values, no more and no fewer", encoder.name());
        return Err(Problem::field("dimensions", detail));
    }
    let (mut vectors, mut tokens, mut cut) = (Vec::with_capacity(ask.texts.len()), 0, Cut::default());
    slices::each((context, encoder), &ask.texts, ask.input_type, |index, encoded| {
        let missing = || Problem::field(format!("input[{index}]"), "has no token that the encoder keeps");
        vectors.push(encoded.vectors.mean_direction().ok_or_else(missing)?);
        cut.note(encoded.truncated_tokens);
        tokens += encoder.count_tokens(&ask.texts[index])?.saturating_sub(encoded.truncated_tokens);
        Ok(())
    })?;
    models.metrics.texts("embeddings", ask.texts.len());
    Ok(EmbeddingsReply::new(encoder.name(), vectors, ask.format, (tokens, cut.degraded())))
}
