//! What a log tells after tears, damage, gaps and failed syncs: written by hand, read by replay and verify.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::format::LOG_HEADER;
use crate::storage::Disk;

/// A record of a change, written when operations below `durable` were.
fn change(number: u64, durable: u64) -> Vec<u8> {
    let text = format!("change {number}");
    Record { kind: RecordKind::Change, number, durable, text: text.as_bytes(), values: &[7; 700] }.to_bytes()
}

fn failure(number: u64, durable: u64) -> Vec<u8> {
    Record { kind: RecordKind::Failure, number, durable, text: b"why", values: &[] }.to_bytes()
}

/// Records of changes, each written when those before it were durable.
fn changes(numbers: Range<u64>) -> Vec<u8> {
    numbers.flat_map(|number| change(number, number)).collect()
}

fn write(folder: &Path, first: u64, records: &[u8]) {
    fs::write(folder.join(name(first)), [&log_header(first)[..], records].concat()).unwrap();
}

/// Numbers of changes, failures as 1000 more, and the number of the next operation.
fn replayed(folder: &Path, applied: u64) -> Result<(Vec<u64>, u64)> {
    let mut found = Vec::new();
    let replayed = replay(folder, applied, |record| {
        found.push(record.number + if record.kind == RecordKind::Failure { 1000 } else { 0 });
        Ok(())
    })?;
    Ok((found, replayed.next))
}

fn is_damage<T: std::fmt::Debug>(result: &Result<T>, file: &Path) -> bool {
    matches!(result, Err(Error::Corrupt { path, section, .. }) if path == file && !section.is_empty())
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_torn_tail_was_never_acknowledged() {
    let folder = temporary();
    let whole = changes(1..4);
    let records = [whole.as_slice(), &change(4, 4)].concat();
    for cut in whole.len()..records.len() {
        write(folder.path(), 1, &records[..cut]);
        assert_eq!(replayed(folder.path(), 0).unwrap(), (vec![1, 2, 3], 4), "cut at {cut}");
        verify(folder.path(), 3).unwrap();
        let mut zeros = records.clone();
        zeros[cut..].fill(0);
        write(folder.path(), 1, &zeros);
        assert_eq!(replayed(folder.path(), 2).unwrap(), (vec![1, 2, 3], 4), "zeros from {cut}");
        verify(folder.path(), 2).unwrap();
        // What was applied had been acknowledged.
        assert!(is_damage(&verify(folder.path(), 4), &folder.path().join(name(1))), "cut at {cut}, applied");
    }
}

#[test]
fn a_sector_that_never_came_tears_all_that_was_not_synced() {
    let folder = temporary();
    let whole = changes(1..4);
    // Three callers shared a sync that did not come to its end.
    let group: Vec<u8> = (4..7).flat_map(|number| change(number, 4)).collect();
    let mut bytes = [&log_header(1)[..], &whole, &group].concat();
    let hole = (LOG_HEADER + whole.len()).next_multiple_of(512);
    bytes[hole..hole + 512].fill(0);
    fs::write(folder.path().join(name(1)), &bytes).unwrap();
    assert_eq!(replayed(folder.path(), 3).unwrap(), (vec![1, 2, 3], 4));
    verify(folder.path(), 3).unwrap();
    // A record that says that the hole had been synced.
    let later = [bytes.as_slice(), &change(7, 7)].concat();
    fs::write(folder.path().join(name(1)), later).unwrap();
    assert!(is_damage(&replayed(folder.path(), 3), &folder.path().join(name(1))));
}

#[test]
fn a_flipped_byte_is_damage_unless_it_looks_like_a_torn_tail() {
    let folder = temporary();
    let (records, file) = (changes(1..4), folder.path().join(name(1)));
    let last = LOG_HEADER + records.len() - change(3, 3).len();
    write(folder.path(), 1, &records);
    let sound = fs::read(&file).unwrap();
    let mut taken_for_torn = Vec::new();
    for at in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[at] ^= 0xff;
        fs::write(&file, &damaged).unwrap();
        assert!(is_damage(&verify(folder.path(), 3), &file), "byte {at}, all applied");
        match replayed(folder.path(), 0) {
            Ok(found) => {
                assert_eq!(found, (vec![1, 2], 3), "byte {at}");
                taken_for_torn.push(at - last);
            }
            error => assert!(is_damage(&error, &file), "byte {at}: {error:?}"),
        }
    }
    // Only the two lengths of the last record can make it seem to end early.
    assert!(taken_for_torn.iter().all(|at| (24..40).contains(at)), "{taken_for_torn:?}");
}

#[test]
fn damage_among_applied_operations_hides_nothing_behind_it() {
    let folder = temporary();
    let file = folder.path().join(name(1));
    write(folder.path(), 1, &[changes(1..6), failure(2, 6), changes(6..9)].concat());
    let mut bytes = fs::read(&file).unwrap();
    bytes[LOG_HEADER + change(1, 1).len() + 100] ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert_eq!(replayed(folder.path(), 2).unwrap(), (vec![1, 3, 4, 5, 1002, 6, 7, 8], 9));
    assert!(is_damage(&replayed(folder.path(), 1), &file));
    assert!(is_damage(&verify(folder.path(), 8), &file));
}

#[test]
fn a_gap_is_a_loss_where_operations_in_it_are_not_applied() {
    let folder = temporary();
    for (first, numbers) in [(1, 1..4), (4, 4..7), (7, 7..9)] {
        write(folder.path(), first, &changes(numbers));
    }
    assert_eq!(replayed(folder.path(), 0).unwrap(), ((1..9).collect(), 9));
    fs::remove_file(folder.path().join(name(4))).unwrap();
    assert!(is_damage(&replayed(folder.path(), 5), &folder.path().join(name(1))));
    assert_eq!(replayed(folder.path(), 6).unwrap(), (vec![1, 2, 3, 7, 8], 9));
    assert!(is_damage(&verify(folder.path(), 8), &folder.path().join(name(1))));
    // Old files are forgotten, but not before they are applied.
    fs::remove_file(folder.path().join(name(1))).unwrap();
    assert_eq!(replayed(folder.path(), 6).unwrap(), (vec![7, 8], 9));
    verify(folder.path(), 6).unwrap();
    assert!(is_damage(&replayed(folder.path(), 5), &folder.path().join(name(7))));
    assert!(is_damage(&verify(folder.path(), 5), &folder.path().join(name(7))));
    assert_eq!(last_number(folder.path()).unwrap(), 8);
}

#[test]
fn records_that_the_next_file_numbers_again_are_void() {
    let folder = temporary();
    for torn in [0, 1, 30, 200] {
        // Its sync failed; of the second record a part was written.
        let lost = [changes(1..4), change(4, 4), change(5, 4)[..torn].to_vec()].concat();
        write(folder.path(), 1, &lost);
        write(folder.path(), 4, &changes(4..6));
        let mut texts = Vec::new();
        replay(folder.path(), 0, |record| {
            texts.push((record.number, record.durable));
            Ok(())
        })
        .unwrap();
        assert_eq!(texts, [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
        verify(folder.path(), 5).unwrap();
    }
    // What comes before the next file's first must be there.
    write(folder.path(), 1, &changes(1..3));
    assert!(is_damage(&replayed(folder.path(), 1), &folder.path().join(name(1))));
}

#[test]
fn a_failure_outlives_the_file_that_takes_the_place_of_its_own() {
    let folder = temporary();
    let log = |replayed| Log::resume(Folder::new(folder.path().to_path_buf(), Arc::new(Disk)), replayed).unwrap();
    let open = || log(replay(folder.path(), 0, |_| Ok(())).unwrap());
    let first = open();
    for _ in 0..3 {
        first.commit(first.append(b"change", &[]).unwrap()).unwrap();
    }
    // The failure begins a file for operation 4, and so does the next change after a restart.
    open().append_failure(2, b"why").unwrap();
    assert_eq!(failures(&folder.path().join(name(4)), 4).unwrap().len(), failure(2, 4).len());
    let third = open();
    third.commit(third.append(b"change", &[]).unwrap()).unwrap();
    assert_eq!(replayed(folder.path(), 0).unwrap(), (vec![1, 2, 3, 1002, 4], 5));
}
