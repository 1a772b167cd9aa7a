//! A collection of clustered random vectors, for measurements that need no encoder and no data set.

use std::path::Path;

use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, EncoderId, Generation, Store};
use maxsimd_engine::seed::Random;
use maxsimd_engine::{Context, Document, Result, TokenMatrix};

const NAME: &str = "clusters";
const TOPICS: usize = 50;

/// Documents around fifty directions; the same ones each time.
#[derive(Debug, Clone, Copy)]
pub struct Clusters {
    /// Documents, each of one passage.
    pub documents: usize,
    /// Token vectors of each.
    pub rows: usize,
    /// Values of a vector.
    pub width: usize,
}

impl Clusters {
    /// Builds them as a collection with a router and full-precision vectors.
    pub fn build(&self, data: &Path) -> Result<()> {
        let mut random = Random::new(11);
        let topics: Vec<Vec<f32>> = (0..TOPICS).map(|_| self.direction(&mut random)).collect();
        let items = (0..self.documents).map(|number| {
            let topic = random.below(TOPICS);
            let text =
                format!("Document {number} is about topic{topic} and its neighbour topic{}.", (topic + 1) % TOPICS);
            let document = Document { id: format!("d{number}"), text, ..Document::default() };
            Ok((document, self.near(&topics[topic], self.rows, &mut random)?))
        });
        let (store, name) = (Store::open(data)?, CollectionName::parse(NAME)?);
        let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
        let encoder = EncoderId { name: NAME.to_owned(), fingerprint: String::new() };
        build_vectors(&Context::unbounded(), (&store, &name), &options, (encoder, self.width), items, &mut |_| ())?;
        Ok(())
    }

    /// Opens what was built.
    pub fn open(data: &Path) -> Result<Generation> {
        Store::open(data)?.open_generation(&CollectionName::parse(NAME)?)
    }

    /// Queries of so many token vectors around one direction each, with words that documents have.
    pub fn queries(&self, tokens: usize) -> impl Iterator<Item = Result<(TokenMatrix, String)>> + use<> {
        let (clusters, mut random) = (*self, Random::new(13));
        (0..).map(move |number| {
            let query = clusters.near(&clusters.direction(&mut random), tokens, &mut random)?;
            Ok((query, format!("topic{} and document {number}", random.below(TOPICS))))
        })
    }

    /// A unit vector.
    fn direction(&self, random: &mut Random) -> Vec<f32> {
        unit((0..self.width).map(|_| uniform(random)).collect())
    }

    /// Unit vectors around one.
    fn near(&self, centre: &[f32], count: usize, random: &mut Random) -> Result<TokenMatrix> {
        let mut around = || unit(centre.iter().map(|value| value + 0.08 * uniform(random)).collect());
        TokenMatrix::new(self.width, (0..count).flat_map(|_| around()).collect())
    }
}

fn unit(values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    values.into_iter().map(|value| value / length).collect()
}

/// From -1 to 1.
fn uniform(random: &mut Random) -> f32 {
    (random.below(2001) as f32 - 1000.0) / 1000.0
}
