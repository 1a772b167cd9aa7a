//! Texts to token vectors.

use maxsimd_engine::Context;

use super::{Models, slices};
use crate::error::Problem;
use crate::wire::{EncodeAsk, EncodeReply, EncodedBody};

/// Most values of a reply: 32 MiB before they are written.
const MOST_VALUES: usize = 8 << 20;

pub(crate) fn encode(models: &Models, context: &Context, ask: EncodeAsk) -> Result<EncodeReply, Problem> {
    let encoder = &*models.encoder.get()?;
    let (mut data, mut values) = (Vec::with_capacity(ask.texts.len()), 0);
    slices::each((context, encoder), &ask.texts, ask.input_type, |index, encoded| {
        values += encoded.vectors.values().len();
        if values > MOST_VALUES {
            let detail = format!("more than {MOST_VALUES} values of vectors; send fewer texts at once");
            return Err(Problem::field("input", detail));
        }
        data.push(EncodedBody::new(index, encoded, ask.encoding));
        Ok(())
    })?;
    models.metrics.texts("encode", ask.texts.len());
    let (model, fingerprint) = (encoder.name().to_owned(), encoder.fingerprint().0.clone());
    Ok(EncodeReply { model, fingerprint, width: encoder.width(), data })
}
