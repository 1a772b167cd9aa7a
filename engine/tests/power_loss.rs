//! The power goes, after every single operation on the disk: what was synced is there, of the rest any part. Nothing that
//! was acknowledged may be missing then. `MAXSIMD_SEED` and `MAXSIMD_CHOICES` say which parts, and how many per point.

mod support;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::live::Change;
use support::Noise;
use support::live::{delete_below, upsert};
use support::medium::{Image, Loss, Medium, write};
use support::recovered::check;
use support::script::{Promise, Script, collection};
use tempfile::TempDir;

/// Says where a failure was.
struct Place(String);

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("MAXSIMD_SEED={}: {}", seed(), self.0);
        }
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

fn seed() -> u64 {
    number("MAXSIMD_SEED", std::process::id().into())
}

fn noise(point: usize, choice: u64) -> Noise {
    let mut noise = Noise::new(seed() ^ (point as u64) << 20 ^ choice << 50);
    // Seeds that differ in few bits are alike at first.
    for _ in 0..8 {
        noise.next();
    }
    noise
}

/// A folder in memory, if there is such a thing: its syncs cost nothing.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn upserts(documents: &[usize], version: u64) -> Change {
    Change::Upsert(documents.iter().map(|number| upsert(&format!("doc-{number}"), version)).collect())
}

fn delete(documents: &[usize]) -> Change {
    Change::Delete(documents.iter().map(|number| format!("doc-{number}")).collect())
}

fn begin(root: &TempDir, live: &CollectionName) -> Script {
    let mut script = Script::over(root.path(), Medium::new(), Promise::default());
    script.create(live);
    script.submit(live, upserts(&[0, 1, 2], 1));
    script
}

/// Everything that a collection can do, and one that comes and goes.
fn everything(root: &TempDir) -> Script {
    let (live, other) = (&collection("live"), &collection("other"));
    let mut script = begin(root, live);
    for round in 0..2 {
        let version = 10 * round + 2;
        script.apply(live);
        script.submit(live, upserts(&[0, 3, 4, 5], version));
        script.submit(live, delete(&[1]));
        script.apply(live);
        script.compact(live);
        script.mend(live);
        script.lose(live, upserts(&[6, 7], version + 1));
        script.submit(live, upserts(&[7, 8], version + 2));
        script.create(other);
        script.submit(other, upserts(&[1, 2], version));
        script.apply(other);
        script.open(live);
        script.lose(live, delete(&[3]));
        script.submit(live, delete_below(version));
        script.submit(live, upserts(&[9, 10, 11], version + 3));
        script.apply(live);
        script.mend(live);
        script.compact_all(live);
        script.submit(live, delete(&[9]));
        script.lose(live, upserts(&[9], version + 4));
        script.open(live);
        script.submit(other, upserts(&[2], version + 5));
        script.drop_collection(other);
    }
    script
}

/// So many restarts that files of the log are forgotten.
fn restarts(root: &TempDir) -> Script {
    let live = &collection("live");
    let mut script = begin(root, live);
    for version in 2..22 {
        script.submit(live, upserts(&[version as usize % 7], version));
        if version > 16 {
            script.apply(live);
        }
        script.open(live);
    }
    script
}

/// What the disk may hold after some of its operations, each image with what was promised.
fn images(script: &Script, start: Medium, from: usize, mut visit: impl FnMut(usize, u64, &Medium, Image)) {
    let mut medium = start;
    let journal = script.power.journal();
    for point in 0..=journal.len() {
        if point > 0 {
            medium.apply(&journal[point - 1]);
        }
        for choice in 0..3 + number("MAXSIMD_CHOICES", 3) {
            let loss = match choice {
                0 => Loss::All,
                1 => Loss::Bytes,
                2 => Loss::Names,
                choice => Loss::Any(noise(point, choice)),
            };
            if point >= from {
                visit(point, choice, &medium, medium.after(&loss));
            }
        }
    }
}

fn check_image(image: &Image, promise: &Promise) {
    let root = folder();
    write(image, root.path());
    check(root.path(), promise);
}

fn check_everywhere(script: &Script, from: usize) {
    let (mut seen, mut points) = (HashSet::new(), HashSet::new());
    images(script, Medium::new(), from, |point, choice, _, image| {
        let promised = script.promises.partition_point(|(after, _)| *after <= point);
        let mut hasher = DefaultHasher::new();
        (promised, &image).hash(&mut hasher);
        points.insert(point);
        if seen.insert(hasher.finish()) {
            let _place = Place(format!("operation {point}, choice {choice}"));
            check_image(&image, script.promise_after(point));
        }
    });
    println!("{} points, {} images", points.len(), seen.len());
}

/// What a server does when it starts again.
fn recover(root: &Path, medium: Medium, promise: &Promise) -> Script {
    let mut script = Script::over(root, medium, promise.clone());
    script.store.sweep().unwrap();
    let there = script.store.names().unwrap();
    for name in promise.allowed.keys() {
        if !there.contains(name) {
            script.is_gone(name);
            continue;
        }
        script.open(name);
        script.apply(name);
        script.submit(name, upserts(&[0, 11], 50));
        script.apply(name);
        script.compact_all(name);
    }
    script
}

/// Recovers from a moment and loses power in between.
fn check_recovery(image: &Image, medium: &Medium, promise: &Promise, (point, cuts): (usize, usize)) -> usize {
    let root = folder();
    write(image, root.path());
    let recovery = recover(root.path(), medium.clone(), promise);
    let mut chosen = noise(point, 100);
    let length = recovery.power.operations();
    // Early cuts, in the opening, are the more interesting ones.
    let chosen: HashSet<usize> =
        (0..cuts).map(|at| chosen.below(if at % 2 == 0 { length.min(12) } else { length } + 1)).collect();
    let mut done = 0;
    images(&recovery, medium.clone(), 0, |again, choice, _, image| {
        if chosen.contains(&again) && choice % 2 == 1 {
            let _place = Place(format!("operation {point}, then {again} of the recovery, choice {choice}"));
            check_image(&image, recovery.promise_after(again));
            done += 1;
        }
    });
    done
}

#[test]
fn nothing_acknowledged_is_missing_wherever_the_power_goes() {
    let root = folder();
    check_everywhere(&everything(&root), 0);
}

#[test]
fn nothing_acknowledged_is_missing_when_files_of_the_log_are_forgotten() {
    let root = folder();
    let script = restarts(&root);
    check_everywhere(&script, script.power.operations() - 60);
}

#[test]
fn nothing_acknowledged_is_missing_when_the_power_goes_again_during_recovery() {
    let root = folder();
    let script = everything(&root);
    let mut done = 0;
    images(&script, Medium::new(), 0, |point, choice, _, image| {
        if point % 4 == 1 && choice == 3 {
            let _place = Place(format!("operation {point}, choice {choice}"));
            done += check_recovery(&image, &Medium::of(&image), script.promise_after(point), (point, 2));
        }
    });
    println!("{done} images");
}

#[test]
fn nothing_acknowledged_is_missing_when_a_process_is_killed_and_the_power_goes_after_its_restart() {
    let root = folder();
    let script = everything(&root);
    let mut done = 0;
    images(&script, Medium::new(), 0, |point, choice, medium, _| {
        if point % 2 == 0 && choice == 0 {
            let _place = Place(format!("killed after operation {point}"));
            done += check_recovery(&medium.visible(), medium, script.promise_after(point), (point, 2));
        }
    });
    println!("{done} images");
}
