//! Which instruction set's kernels run: the fastest that the processor has, unless one is forced at start.

use std::sync::OnceLock;

use super::Kernels;

static CHOSEN: OnceLock<Kernels> = OnceLock::new();

/// A name that is none of this processor's kernels, or that comes after others are in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownKernels {
    /// Not among those that this processor can run.
    #[error("no kernels {name:?} on this processor; it has {}", available.join(", "))]
    Unavailable {
        /// The name asked for.
        name: String,
        /// Names that would do, fastest first.
        available: Vec<&'static str>,
    },
    /// Kernels are chosen once per process.
    #[error("kernels {chosen:?} are in use already, too late for {name:?}")]
    TooLate {
        /// The name asked for.
        name: String,
        /// What is in use.
        chosen: &'static str,
    },
}

/// Every kernel set that this processor can run, fastest first.
pub fn available() -> Vec<Kernels> {
    #[cfg(target_arch = "x86_64")]
    let simd = [super::avx512::kernels(), super::avx2::kernels()];
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    let simd = [super::neon::kernels()];
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
    let simd = [None::<Kernels>; 0];
    simd.into_iter().flatten().chain([super::scalar::kernels()]).collect()
}

/// The kernels of this process: what `force` chose, or the fastest.
pub fn best() -> Kernels {
    *CHOSEN.get_or_init(|| available()[0])
}

/// Makes `best` return the kernels of a name; to be called once, before the first search.
pub fn force(name: &str) -> Result<Kernels, UnknownKernels> {
    let kernels = find(name)?;
    let chosen = *CHOSEN.get_or_init(|| kernels);
    match chosen.name == kernels.name {
        true => Ok(chosen),
        false => Err(UnknownKernels::TooLate { name: name.to_owned(), chosen: chosen.name }),
    }
}

fn find(name: &str) -> Result<Kernels, UnknownKernels> {
    let all = available();
    all.iter().copied().find(|kernels| kernels.name == name).ok_or_else(|| UnknownKernels::Unavailable {
        name: name.to_owned(),
        available: all.iter().map(Kernels::name).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_its_kernels_and_another_name_the_list_of_those_there_are() {
        for kernels in available() {
            assert_eq!(find(kernels.name()).unwrap().name(), kernels.name());
        }
        let error = find("abacus").unwrap_err().to_string();
        assert!(available().iter().all(|kernels| error.contains(kernels.name())), "{error}");
    }

    #[test]
    fn kernels_in_use_cannot_be_exchanged() {
        let used = best();
        assert_eq!(force(used.name()).unwrap().name(), used.name());
        for other in available().into_iter().filter(|kernels| kernels.name() != used.name()) {
            assert!(matches!(force(other.name()), Err(UnknownKernels::TooLate { .. })));
        }
    }
}
