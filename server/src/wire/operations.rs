//! What the daemon says of itself.

use serde::{Deserialize, Serialize};

use super::compact::compact;
use crate::encoder::EncoderState;

compact! {
    /// That the process runs.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct LiveBody {
        /// True.
        pub live: bool,
    }
}

compact! {
    /// Whether requests should be sent here.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct ReadyBody {
        /// Whether they should.
        pub ready: bool,
        /// Whether the daemon is about to stop.
        pub draining: bool,
        /// What is known of the encoder.
        pub encoder: String where |it| it.one_of(EncoderState::NAMES),
        /// What is known of the collections.
        pub collections: CollectionsReadiness,
    }
}

compact! {
    /// Whether collections can be searched.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct CollectionsReadiness {
        /// Whether all that there are were looked at.
        pub mapped: bool,
        /// How many there are.
        pub count: usize,
        /// Collections whose newest generation cannot be opened, or whose log cannot be replayed. They do not make the daemon unready: the
        /// others serve.
        pub failing: Vec<String>,
        /// Collections that have not yet applied what stood in their logs when the daemon started.
        pub replaying: Vec<String>,
    }
}

compact! {
    /// What runs here.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct VersionBody {
        /// `maxsimd`.
        pub name: String,
        /// Its version.
        pub version: String,
    }
}
