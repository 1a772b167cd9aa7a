//! Made-up layers whose topics are known: runs of nodes about one topic each. For tests and timings.

use crate::raptor::cluster::Layer;
use crate::seed::Random;

/// How a layer is made up.
#[derive(Debug, Clone)]
pub(crate) struct Topics {
    /// Number of topics.
    pub(crate) count: usize,
    /// Length of a node's own part, where its topic's part has length 1: the cosine within a topic is 1 / (1 + noise^2).
    pub(crate) noise: f32,
    /// Shortest and longest run of nodes about one topic.
    pub(crate) run: (usize, usize),
}

/// A layer and what it was made from.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// Values per vector.
    pub(crate) width: usize,
    /// n x width, rows of length 1.
    pub(crate) vectors: Vec<f32>,
    /// Tokens of each node, 60 to 139.
    pub(crate) tokens: Vec<usize>,
    /// Topic of each node.
    pub(crate) topics: Vec<usize>,
    /// First nodes of the runs after the first.
    pub(crate) starts: Vec<usize>,
}

impl Topics {
    /// Makes up a layer.
    pub(crate) fn layer(&self, nodes: usize, width: usize, random: &mut Random) -> Made {
        let centres: Vec<Vec<f32>> = (0..self.count).map(|_| direction(width, random)).collect();
        let tokens = (0..nodes).map(|_| 60 + random.below(80)).collect();
        let mut made = Made { width, vectors: Vec::new(), tokens, topics: Vec::new(), starts: Vec::new() };
        let mut topic = random.below(self.count);
        while made.topics.len() < nodes {
            let run = self.run.0 + random.below(self.run.1 - self.run.0 + 1);
            for _ in 0..run.min(nodes - made.topics.len()) {
                let own = direction(width, random);
                let mixed: Vec<f32> = centres[topic].iter().zip(&own).map(|(c, o)| c + self.noise * o).collect();
                made.vectors.extend(unit(mixed));
                made.topics.push(topic);
            }
            made.starts.push(made.topics.len());
            topic = (topic + 1 + random.below(self.count.max(2) - 1)) % self.count;
        }
        made.starts.pop();
        made
    }
}

impl Made {
    /// The layer itself.
    pub(crate) fn layer(&self) -> Layer<'_> {
        Layer { width: self.width, vectors: &self.vectors, tokens: &self.tokens }
    }
}

/// A random direction.
fn direction(width: usize, random: &mut Random) -> Vec<f32> {
    unit((0..width).map(|_| random.gaussian()).collect())
}

/// The vector brought to length 1.
fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|v| *v /= length);
    vector
}
