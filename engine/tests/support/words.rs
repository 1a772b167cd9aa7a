//! An encoder of words: each has a vector of its own, so that texts with words in common are near each other.

use std::hash::{DefaultHasher, Hash, Hasher};

use maxsimd_engine::encode::{Encoded, Encoder, Fingerprint};
use maxsimd_engine::{Context, Document, Result, TextFormat, TokenMatrix};

use super::Noise;

pub const WIDTH: usize = 32;

#[derive(Debug)]
pub struct Words(Fingerprint);

impl Words {
    pub fn new() -> Self {
        Self(Fingerprint("words".to_owned()))
    }
}

fn encoded(text: &str) -> Result<Encoded> {
    let (mut values, mut starts) = (Vec::new(), vec![None]);
    push("[CLS]", &mut values);
    for word in text.split_whitespace() {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        starts.push(Some(start));
        push(&word.to_lowercase(), &mut values);
    }
    Ok(Encoded { vectors: TokenMatrix::new(WIDTH, values)?, truncated_tokens: 0, starts })
}

fn push(word: &str, values: &mut Vec<f32>) {
    let mut hasher = DefaultHasher::new();
    word.trim_matches(|c: char| !c.is_alphanumeric()).hash(&mut hasher);
    let mut noise = Noise::new(hasher.finish());
    let row: Vec<f32> = (0..WIDTH).map(|_| noise.gaussian()).collect();
    let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.extend(row.iter().map(|v| v / norm));
}

impl Encoder for Words {
    fn name(&self) -> &'static str {
        "words"
    }
    fn fingerprint(&self) -> &Fingerprint {
        &self.0
    }
    fn width(&self) -> usize {
        WIDTH
    }
    fn encode_queries(&self, _: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        texts.iter().map(|text| encoded(text)).collect()
    }
    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.encode_queries(context, texts)
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
