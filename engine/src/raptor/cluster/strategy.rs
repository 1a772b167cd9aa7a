//! The ways to put nodes together, by name.

use serde::{Deserialize, Serialize};

use super::Clustering;
use super::adjacent::Adjacent;
use super::gmm::Gmm;
use super::windows::Windows;
use crate::named::named;

/// Which [`Clustering`] a tree is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Contiguous runs of seven.
    #[default]
    Windows,
    /// Contiguous runs that end where neighbours differ.
    Adjacent,
    /// A mixture of Gaussians as in the paper: nodes from anywhere, in one cluster or in several.
    Gmm,
}

named!(Strategy in "raptor": Windows = "windows", Adjacent = "adjacent", Gmm = "gmm");

impl Strategy {
    /// The strategy itself; only `gmm` depends on the seed.
    pub(crate) fn clustering(self, seed: u64) -> Box<dyn Clustering> {
        match self {
            Self::Windows => Box::new(Windows),
            Self::Adjacent => Box::new(Adjacent),
            Self::Gmm => Box::new(Gmm { seed }),
        }
    }
}
