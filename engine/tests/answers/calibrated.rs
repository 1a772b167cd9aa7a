//! Calibrations that are kept with the data.

use maxsimd_engine::Error;
use maxsimd_engine::answer::{Calibration, Signals};
use maxsimd_engine::collection::{EncoderId, Store};

#[test]
fn a_calibration_is_kept_for_its_encoder_and_damage_is_found() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path()).unwrap();
    let id = |name: &str| EncoderId { name: name.to_owned(), fingerprint: format!("print of {name}") };
    assert_eq!(store.calibration(&id("a")).unwrap(), Calibration::default());
    let weights = Signals { words: 3.0, ..Signals::default() };
    let own = Calibration { weights, bias: -1.0, threshold: 0.75, ..Calibration::default() };
    store.set_calibration(&id("a"), &own).unwrap();
    assert_eq!(store.calibration(&id("a")).unwrap(), own);
    assert_eq!(store.calibration(&id("b")).unwrap(), Calibration::default());
    // It is no collection.
    assert!(store.names().unwrap().is_empty());
    let path = root.path().join("calibrations.json");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.iter().position(|&byte| byte == b'7').unwrap();
    bytes[at] = b'8';
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(store.calibration(&id("a")), Err(Error::Corrupt { .. })));
}
