//! What a write leaves that was under way when the power went, as against damage to what had been synced.

use std::ops::Range;

use crate::format::Record;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Whether a gap in the records of a log's last file may be a write that was not synced: it ends early, or some of its
/// sectors never came (etcd's log has the same rule). A whole record with other bytes in it is damage.
pub(super) fn is_torn(bytes: &[u8], gap: Range<usize>) -> bool {
    let ends_early = gap.end == bytes.len() && Record::length(&bytes[gap.clone()]).is_none_or(|n| n > gap.len());
    let all_zero = |range: Range<usize>| bytes[range].iter().all(|&byte| byte == 0);
    let sectors = || (gap.start / SECTOR..gap.end.div_ceil(SECTOR)).map(|sector| sector * SECTOR);
    let missing = || sectors().any(|at| all_zero(at.max(gap.start)..(at + SECTOR).min(gap.end)));
    // A length can be there before the last bytes are.
    ends_early || missing() || gap.end == bytes.len() && bytes.last() == Some(&0)
}
