//! Calibrations of a data folder: one for each encoder, all in one sealed file.

use std::collections::BTreeMap;

use super::confidence::Calibration;
use crate::collection::{EncoderId, Lock, Store};
use crate::format::{read_sealed, seal};
use crate::{Error, Result};

/// File name; with its dot never the name of a collection.
const CALIBRATIONS: &str = "calibrations.json";
/// Most encoders that a data folder has calibrations for.
const MOST: usize = 1000;

impl Store {
    /// How sure answers from collections of an encoder have to be: as it was fitted, or as it is by default.
    pub fn calibration(&self, encoder: &EncoderId) -> Result<Calibration> {
        Ok(self.calibrations()?.remove(&encoder.fingerprint).unwrap_or_default())
    }

    /// Keeps a calibration for collections of an encoder; durable when this returns.
    pub fn set_calibration(&self, encoder: &EncoderId, calibration: &Calibration) -> Result<()> {
        self.check_local()?;
        let _names = Lock::of_names(self.root().path())?;
        let mut calibrations = self.calibrations()?;
        calibrations.insert(encoder.fingerprint.clone(), *calibration);
        if calibrations.len() > MOST {
            return Err(Error::invalid("calibrations", format!("a data folder has those of at most {MOST} encoders")));
        }
        seal(&self.root(), CALIBRATIONS, &calibrations)
    }

    fn calibrations(&self) -> Result<BTreeMap<String, Calibration>> {
        Ok(read_sealed(&self.root().path().join(CALIBRATIONS))?.unwrap_or_default())
    }
}
