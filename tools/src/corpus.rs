//! Inputs to documents, with what was left out reported and progress shown.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use maxsimd_engine::Document;

use crate::read::{Item, Limits, Source};

/// Documents of some inputs; what gives none is printed to stderr and counted.
#[derive(Debug)]
pub struct Corpus {
    source: Source,
    bar: ProgressBar,
    skipped: u64,
}

impl Corpus {
    /// Lists the inputs. The bar is shown on a terminal only.
    pub fn open(inputs: &[PathBuf]) -> anyhow::Result<Self> {
        let source = Source::open(inputs, Limits::default())?;
        let bar = ProgressBar::new(source.plan().bytes());
        let template = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} ETA {eta}";
        bar.set_style(ProgressStyle::with_template(template)?.progress_chars("=> "));
        Ok(Self { source, bar, skipped: 0 })
    }

    /// Identity of the inputs: paths, sizes and times of change.
    pub fn digest(&self) -> String {
        self.source.plan().digest()
    }

    /// The progress bar over the bytes of the inputs.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Files and lines that gave no document so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl Iterator for &mut Corpus {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        loop {
            let item = self.source.next();
            self.bar.set_position(self.source.consumed());
            match item? {
                Item::Document(document) => return Some(document),
                Item::Skipped(skipped) => {
                    self.skipped += 1;
                    self.bar.suspend(|| eprintln!("skipped {}", printable(&skipped.to_string())));
                }
            }
        }
    }
}

/// Text from elsewhere without control characters, which could command a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
