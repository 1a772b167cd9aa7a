//! Values of flags: numbers, sizes, filters.

use std::num::NonZeroUsize;

use maxsimd_engine::Error;
use maxsimd_engine::collection::Generation;
use maxsimd_engine::filter::Filter;
use maxsimd_engine::search::MAX_K;

/// Number of threads: as asked for, else one for each core.
pub fn threads(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Parses a number of hits.
pub fn hits(text: &str) -> Result<usize, String> {
    let k = text.parse().ok().filter(|k| (1..=MAX_K).contains(k));
    k.ok_or_else(|| format!("{text:?} is not from 1 to {MAX_K}"))
}

/// A filter with the types of a collection's fields.
pub fn filter(text: &str, generation: &Generation) -> Result<Filter, Error> {
    let fields = &generation.description().fields;
    Ok(match text.trim_start().starts_with('{') {
        true => {
            let json = serde_json::from_str(text).map_err(|e| Error::invalid("filter", e.to_string()))?;
            Filter::from_json(&json, fields)?
        }
        false => Filter::parse(text, fields)?,
    })
}

/// Parses a share of the true hits.
pub fn recall(text: &str) -> Result<f64, String> {
    let recall = text.parse().ok().filter(|recall| *recall > 0.0 && *recall <= 1.0);
    recall.ok_or_else(|| format!("{text:?} is not above 0 and at most 1"))
}

/// Parses sizes such as `512MiB`, `4GiB`, `1000000`.
pub fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return Err(format!("{text:?} is no size such as 512MiB or 4GiB")),
    };
    let number: u64 = number.parse().map_err(|_| format!("{text:?} is no size such as 512MiB or 4GiB"))?;
    number.checked_mul(1 << shift).ok_or_else(|| format!("{text} is too large"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_read_with_binary_units_only() {
        assert_eq!(super::bytes("4GiB"), Ok(4 << 30));
        assert_eq!(super::bytes("512MiB"), Ok(512 << 20));
        assert_eq!(super::bytes("17"), Ok(17));
        for bad in ["", "GiB", "-1", "4GB", "4 GiB", "99999999999TiB", "1.5GiB"] {
            assert!(super::bytes(bad).is_err(), "{bad}");
        }
    }
}
