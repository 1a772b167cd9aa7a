//! Flags of commands that find contexts by a technique.

use std::time::{SystemTime, UNIX_EPOCH};

use maxsimd_engine::answer::{Collections, Thinking};
use maxsimd_engine::construct::Now;
use maxsimd_engine::techniques::{self, Technique};
use serde_json::{Map, Value};

use super::ModelFlags;

/// How contexts are found.
#[derive(Debug, Clone, clap::Args)]
pub struct TechniqueFlags {
    /// How contexts are found; auto tells from the question
    #[arg(long, value_name = "TECHNIQUE", value_parser = known())]
    technique: Option<String>,
    /// A knob of the technique, e.g. --set queries=3; GET /v1/techniques lists them
    #[arg(long = "set", value_name = "KNOB=VALUE", value_parser = knob, requires = "technique")]
    options: Vec<(String, Value)>,
    /// Who expands, routes and grades: rules, model (the generator) or auto (the generator writes queries, rules do the rest)
    #[arg(long, value_name = "WHO", default_value_t = Thinking::default())]
    pub thinking: Thinking,
    /// Cross-encoder that rerank, crag and self_rag judge by: a folder, or the name of a pulled model [default: none]
    #[arg(long, value_name = "M", env = "MAXSIMD_CROSS_ENCODER")]
    cross_encoder: Option<String>,
}

impl TechniqueFlags {
    /// The technique, if one is named, with its knobs as they are set.
    pub fn open(&self) -> anyhow::Result<Option<Technique>> {
        let options: Map<String, Value> = self.options.iter().cloned().collect();
        Ok(self.technique.as_deref().map(|name| Technique::named(name, options)).transpose()?)
    }

    /// The same collections with the cross-encoder, if one is named.
    pub fn judging(&self, sources: Collections, model: &ModelFlags) -> anyhow::Result<Collections> {
        Ok(match &self.cross_encoder {
            Some(name) => sources.judged_by(model.open_cross(name)?),
            None => sources,
        })
    }
}

fn known() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(techniques::names())
}

/// A value is JSON, and what is none a text.
fn knob(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not KNOB=VALUE"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

/// The moment that `last month` is told from.
pub fn now() -> anyhow::Result<Now> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(Now::of_unix(i64::try_from(seconds)?)?)
}
