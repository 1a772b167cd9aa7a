//! Collections on disk: names, the store that holds them, and a published generation as readers see it.

mod description;
mod generation;
mod inspect;
mod manifest;
mod name;
mod resident;
mod store;
mod verify;

pub use description::{Description, Effort, EncoderId, RouterDescription};
pub use generation::Generation;
pub(crate) use generation::Part;
pub use inspect::{FileReport, SectionReport};
pub(crate) use manifest::{BuildFacts, Manifest, SegmentFiles};
pub use name::CollectionName;
pub use store::{Stamp, Store};
pub(crate) use store::{file_path, remove_unnamed};
pub use verify::Damage;
