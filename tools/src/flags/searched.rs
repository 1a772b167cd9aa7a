//! Flags of commands that search: a collection, and what it is searched with.

use std::sync::Arc;

use maxsimd_engine::answer::{Collections, Source};
use maxsimd_engine::collection::{EncoderId, Generation};
use maxsimd_engine::encode::Encoder;

use super::{CollectionFlags, KernelFlags, ModelFlags};

/// Which collection, by which encoder, with which kernels.
#[derive(Debug, Clone, clap::Args)]
pub struct SearchedFlags {
    /// The collection, which may be an alias
    #[command(flatten)]
    pub collection: CollectionFlags,
    /// Its encoder
    #[command(flatten)]
    pub model: ModelFlags,
    #[command(flatten)]
    kernels: KernelFlags,
}

impl SearchedFlags {
    /// Chooses the kernels of this process and opens what is published.
    pub fn open(&self) -> anyhow::Result<Generation> {
        self.kernels.apply()?;
        self.collection.open()
    }

    /// Opens the encoder that a generation was built with, for one text at a time.
    pub fn encoder(&self, generation: &Generation) -> anyhow::Result<Arc<dyn Encoder>> {
        self.model.open_for(generation, 1)
    }

    /// Opens both, as what answers are from; and whose calibration decides about them.
    pub fn sources(&self, filter: Option<&str>) -> anyhow::Result<(Collections, EncoderId)> {
        let generation = self.open()?;
        let encoder = self.encoder(&generation)?;
        let filter = filter.map(|text| super::filter(text, &generation)).transpose()?;
        let id = EncoderId::of(&*encoder);
        let name = self.collection.collection.as_str().to_owned();
        let source = Source { name, generation: Arc::new(generation), filter };
        Ok((Collections::new(vec![source], encoder)?, id))
    }
}
