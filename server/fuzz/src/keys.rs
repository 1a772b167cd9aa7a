//! Lines of a file of keys. One that is a key is printed and read again as the same; no message repeats what stands there.

use maxsimd_server::keys::{Key, KeySource, Keyring};

/// Any text.
pub fn keys(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let keys: Vec<Key> = text.lines().filter_map(|line| line.trim().parse().ok()).collect();
    for key in &keys {
        assert_eq!(key.to_string().parse().as_ref(), Ok(key));
    }
    let source = KeySource { file: None, lines: Some(text.to_owned()) };
    if let Ok(ring) = Keyring::open(source) {
        assert!((1..=keys.len()).contains(&ring.count()));
    }
}
