//! Documents ranked for a query: by the cross-encoder, if there is one, else by MaxSim.

use std::sync::Arc;

use maxsimd_engine::encode::{CrossEncoder, Encoder};
use maxsimd_engine::search::MaxSim;
use maxsimd_engine::{Context, Stage};

use super::Models;
use super::slices::{self, Cut};
use crate::error::Problem;
use crate::wire::{
    Degraded, InputType, RankedDocument, RerankAsk, RerankReply, RerankResults, RerankShape, RerankUsage,
};

/// What documents are ranked by.
enum Ranker {
    Cross(Arc<dyn CrossEncoder>),
    MaxSim(Arc<dyn Encoder>),
}

/// Scores in the order of the documents.
struct Scored {
    model: String,
    /// As the model gives them, and from 0 to 1.
    scores: Vec<(f32, f32)>,
    tokens: Option<usize>,
    degraded: Vec<Degraded>,
}

pub(crate) fn rank(models: &Models, context: &Context, id: &str, ask: RerankAsk) -> Result<RerankReply, Problem> {
    let scored = match models.ranker(ask.model.as_deref())? {
        Ranker::Cross(cross) => by_cross_encoder(&*cross, context, &ask)?,
        Ranker::MaxSim(encoder) => by_maxsim(&*encoder, context, &ask)?,
    };
    models.metrics.texts("rerank", ask.documents.len());
    Ok(scored.reply(id, ask))
}

impl Models {
    /// The model of a name, else the cross-encoder, else the encoder.
    fn ranker(&self, name: Option<&str>) -> Result<Ranker, Problem> {
        let encoder = self.encoder.get();
        if let (Some(name), Ok(encoder)) = (name, &encoder)
            && encoder.name() == name
        {
            return Ok(Ranker::MaxSim(Arc::clone(encoder)));
        }
        match self.encoder.cross() {
            Some(cross) => Ok(Ranker::Cross(Arc::clone(cross))),
            None => encoder.map(Ranker::MaxSim),
        }
    }
}

fn by_cross_encoder(cross: &dyn CrossEncoder, context: &Context, ask: &RerankAsk) -> Result<Scored, Problem> {
    let documents: Vec<&str> = ask.documents.iter().map(String::as_str).collect();
    let scores = cross.score(context, &ask.query, &documents)?;
    let probability = |odds: f32| 1.0 / (1.0 + (-odds).exp());
    let scores = scores.into_iter().map(|odds| (odds, probability(odds))).collect();
    Ok(Scored { model: cross.name().to_owned(), scores, tokens: None, degraded: Vec::new() })
}

fn by_maxsim(encoder: &dyn Encoder, context: &Context, ask: &RerankAsk) -> Result<Scored, Problem> {
    let query = encoder.encode_queries(context, &[&ask.query])?.remove(0);
    let (maxsim, rows) = (MaxSim::new(&query.vectors), query.vectors.rows().max(1));
    let (mut scores, mut cut) = (Vec::with_capacity(ask.documents.len()), Cut::default());
    cut.note(query.truncated_tokens);
    let mut tokens = encoder.count_tokens(&ask.query)?.saturating_sub(query.truncated_tokens);
    slices::each((context, encoder), &ask.documents, InputType::Document, |index, encoded| {
        let score = context.stage(Stage::Score, || maxsim.score(&encoded.vectors))?;
        scores.push((score, (score / rows as f32).clamp(0.0, 1.0)));
        cut.note(encoded.truncated_tokens);
        tokens += encoder.count_tokens(&ask.documents[index])?.saturating_sub(encoded.truncated_tokens);
        Ok(())
    })?;
    Ok(Scored { model: encoder.name().to_owned(), scores, tokens: Some(tokens), degraded: cut.degraded() })
}

impl Scored {
    /// The best documents, those that came first before others of the same score.
    fn reply(self, id: &str, ask: RerankAsk) -> RerankReply {
        let raw = ask.shape == RerankShape::List { raw: true };
        let mut texts: Vec<Option<String>> = ask.documents.into_iter().map(Some).collect();
        let mut ranked: Vec<(usize, f32)> =
            self.scores.iter().map(|(own, relevance)| if raw { *own } else { *relevance }).enumerate().collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranked.truncate(ask.top_n.unwrap_or(usize::MAX));
        let ranked = ranked.into_iter().map(|(index, score)| {
            let text = if ask.with_text { texts[index].take() } else { None };
            RankedDocument { index, score, text }
        });
        match ask.shape {
            RerankShape::List { .. } => RerankReply::List(ranked.map(Into::into).collect()),
            RerankShape::Results => RerankReply::Results(RerankResults {
                id: format!("rerank-{id}"),
                model: self.model,
                results: ranked.map(Into::into).collect(),
                usage: self.tokens.map(|total_tokens| RerankUsage { total_tokens }),
                degraded: self.degraded,
            }),
        }
    }
}
