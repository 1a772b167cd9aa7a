//! An encoder of words: each has a vector of its own, so that texts with words in common are near each other.

use std::hash::{DefaultHasher, Hash, Hasher};

use maxsimd_engine::encode::{Encoded, Encoder, Fingerprint};
use maxsimd_engine::{Context, Document, Result, TextFormat, TokenMatrix};

use super::Noise;

pub const WIDTH: usize = 32;

#[derive(Debug)]
pub struct Words {
    fingerprint: Fingerprint,
    name: &'static str,
    width: usize,
}

impl Words {
    pub fn new() -> Self {
        Self::of("words", WIDTH)
    }

    /// One that has the name and width of another encoder.
    pub fn of(name: &'static str, width: usize) -> Self {
        Self { fingerprint: Fingerprint(name.to_owned()), name, width }
    }
}

fn encoded(text: &str, width: usize) -> Result<Encoded> {
    let (mut values, mut starts) = (Vec::new(), vec![None]);
    push("[CLS]", width, &mut values);
    for word in text.split_whitespace() {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        starts.push(Some(start));
        push(&word.to_lowercase(), width, &mut values);
    }
    Ok(Encoded { vectors: TokenMatrix::new(width, values)?, truncated_tokens: 0, starts })
}

fn push(word: &str, width: usize, values: &mut Vec<f32>) {
    let mut hasher = DefaultHasher::new();
    word.trim_matches(|c: char| !c.is_alphanumeric()).hash(&mut hasher);
    let mut noise = Noise::new(hasher.finish());
    let row: Vec<f32> = (0..width).map(|_| noise.gaussian()).collect();
    let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.extend(row.iter().map(|v| v / norm));
}

impl Encoder for Words {
    fn name(&self) -> &'static str {
        self.name
    }
    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
    fn width(&self) -> usize {
        self.width
    }
    fn encode_queries(&self, _: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        texts.iter().map(|text| encoded(text, self.width)).collect()
    }
    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.encode_queries(context, texts)
    }
    fn passage_starts(&self, context: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>> {
        Ok(self.encode_passages(context, texts)?.into_iter().map(|encoded| encoded.starts).collect())
    }
    fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(text.split_whitespace().count())
    }
    fn token_starts(&self, text: &str) -> Result<Vec<usize>> {
        Ok(text.split_whitespace().map(|word| word.as_ptr() as usize - text.as_ptr() as usize).collect())
    }
}

/// A text of so many sentences, a topic for each few of them.
pub fn story(seed: u64, sentences: usize) -> String {
    let mut noise = Noise::new(seed);
    let mut text = String::new();
    for sentence in 0..sentences {
        let topic = (sentence / 8) as u64 * 31 + seed;
        for word in 0..4 + noise.below(8) {
            let own = noise.below(3) == 0;
            let number = if own { noise.below(5000) as u64 } else { topic * 100 + noise.below(12) as u64 };
            text.push_str(&format!("{}{number}{}", if word == 0 { "W" } else { "w" }, if own { "x" } else { "" }));
            text.push(' ');
        }
        text.pop();
        text.push_str(if noise.below(9) == 0 { "!\n\n" } else { ". " });
    }
    text
}

/// A document of plain text.
pub fn document(id: &str, text: String) -> Document {
    let metadata = serde_json::Map::new();
    Document { id: id.to_owned(), title: format!("Title of {id}"), text, format: TextFormat::Plain, metadata }
}
