//! Peak memory of builds: under the budget, and not a matter of the size of the corpus.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{Shape, fixtures, home, program, write_vectors};

const MIB: u64 = 1 << 20;

/// Runs a command to its end and gives the most memory that it had resident, mapped files included.
fn peak(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        // Gone or a zombie: no such line any more.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) << 10);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "{ended}");
    assert!(peak > 0);
    peak
}

fn build(data: &Path, budget: &str) -> Command {
    let mut command = program();
    command
        .args(["build", "--json", "--threads", "2", "--ram-budget", budget, "--collection", "c", "--data"])
        .arg(data);
    command
}

#[test]
fn a_build_from_vectors_stays_under_the_smallest_budget_whatever_the_size_of_the_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let (mut peaks, mut sizes) = (Vec::new(), Vec::new());
    // Both are large enough for the largest sample that a router is trained on.
    for (name, passages) in [("small", 4096), ("large", 3 * 4096)] {
        let vectors = folder.path().join(name);
        write_vectors(&vectors, Shape { seed: 7, passages, rows: 70, width: 32 });
        let data = folder.path().join(format!("{name}-data"));
        peaks.push(peak(build(&data, "512MiB").arg("--vectors").arg(&vectors)));
        sizes.push(fs::metadata(vectors.join("vectors.npy")).unwrap().len());
    }
    eprintln!("peaks {} and {} MiB for {} and {} MiB", peaks[0] / MIB, peaks[1] / MIB, sizes[0] / MIB, sizes[1] / MIB);
    assert!(peaks.iter().all(|&peak| peak < 512 * MIB), "{peaks:?}");
    let (grown, more) = (peaks[1].saturating_sub(peaks[0]), sizes[1] - sizes[0]);
    // Pages of mapped segments count as well, a fifth of the vectors here, and threads differ in what they hold at a time.
    assert!(grown * 2 < more, "{grown} bytes more memory for {more} bytes more vectors");
}

#[test]
fn a_build_from_texts_stays_under_its_budget_with_the_encoder_in_it() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let input = fixtures("corpus");
    let peak = peak(build(folder.path(), "1GiB").args(["--no-split", "--input", &input]));
    eprintln!("peak {} MiB", peak / MIB);
    assert!(peak < 1024 * MIB, "{peak}");
}
