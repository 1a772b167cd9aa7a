//! Collections on disk: names, the store that holds them, and a published generation as readers see it.

mod across;
mod aliases;
mod description;
mod generation;
mod inspect;
mod lock;
mod log;
mod manifest;
mod name;
mod part;
mod passing;
mod resident;
mod restore;
mod scrub;
mod snapshot;
mod store;
mod tombstones;
mod tree;
mod verify;

pub use across::Coverage;
pub(crate) use across::Quote;
pub use aliases::MAX_ALIASES;
pub use description::{Description, Effort, EncoderId, RouterDescription};
pub use generation::Generation;
pub use inspect::{FileReport, SectionReport};
pub(crate) use lock::Lock;
pub use log::LogReport;
pub(crate) use manifest::{BuildFacts, Manifest, SegmentFiles};
pub use name::CollectionName;
pub(crate) use part::Part;
pub(crate) use passing::Passing;
pub use store::{Stamp, Store};
pub(crate) use store::{file_name, file_path, remove_unnamed, remove_unpublished};
pub(crate) use tombstones::Tombstones;
pub use tree::{LayerReport, Layers, Tree, TreeNode};
pub use verify::Damage;
