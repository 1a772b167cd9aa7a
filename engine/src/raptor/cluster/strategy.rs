//! The ways to put nodes together, by name.

use serde::{Deserialize, Serialize};

use super::Clustering;
use super::adjacent::Adjacent;
use super::gmm::Gmm;
use super::windows::Windows;
use crate::{Error, Result};

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

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Windows, Self::Adjacent, Self::Gmm];

    /// Name in commands and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Adjacent => "adjacent",
            Self::Gmm => "gmm",
        }
    }

    /// The strategy itself; only `gmm` depends on the seed.
    pub(crate) fn clustering(self, seed: u64) -> Box<dyn Clustering> {
        match self {
            Self::Windows => Box::new(Windows),
            Self::Adjacent => Box::new(Adjacent),
            Self::Gmm => Box::new(Gmm { seed }),
        }
    }
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Strategy {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|strategy| strategy.name() == name);
        found.ok_or_else(|| Error::invalid("raptor", format!("{name:?} is none of {names}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_is_found_by_its_name() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.name().parse::<Strategy>().ok(), Some(strategy));
        }
        assert!("umap".parse::<Strategy>().is_err());
    }
}
