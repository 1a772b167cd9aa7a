//! Living and ending: a server that dies is started again, and none outlives who started it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use maxsimd_engine::generate::GeneratorError;
use maxsimd_server::generators::managed::Managed;

use crate::processes::{LONG, kill, running, until};
use crate::stand_in::{StandIn, say, settings};

/// Folder of the stand-in that a parent of a test starts.
const FOLDER: &str = "MAXSIMD_TEST_FOLDER";

#[test]
fn a_server_that_is_killed_between_calls_is_started_again_by_the_next() {
    let stand_in = StandIn::new("");
    let generator = Managed::new(stand_in.settings()).unwrap();
    for starts in 1..=4 {
        assert_eq!(say(&generator, "a").unwrap(), "a echo");
        assert_eq!(stand_in.starts().len(), starts);
        kill(stand_in.starts()[starts - 1].0);
    }
}

#[test]
fn a_call_that_its_server_dies_of_fails_and_the_next_is_answered() {
    let stand_in = StandIn::new("");
    let generator = Managed::new(stand_in.settings()).unwrap();
    say(&generator, "a").unwrap();
    let died = say(&generator, "end");
    assert!(matches!(died, Err(GeneratorError::Unreachable { .. } | GeneratorError::CutOff { .. })), "{died:?}");
    assert!(until(LONG, || say(&generator, "b").is_ok_and(|said| said == "b echo")));
}

#[test]
fn dropping_a_generator_ends_its_server_and_all_that_it_started() {
    let stand_in = StandIn::new("subprocess.Popen(['sleep', '600'])");
    let generator = Managed::new(stand_in.settings()).unwrap();
    say(&generator, "a").unwrap();
    let (process, _) = stand_in.starts()[0];
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    let child: u32 = children.trim().parse().unwrap();
    drop(generator);
    assert!(running(stand_in.path()).is_empty());
    let is_gone = || {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    };
    assert!(until(LONG, is_gone));
}

#[test]
fn dropping_ends_a_server_that_does_not_want_to_and_one_that_starts() {
    let stand_in = StandIn::new("signal.signal(signal.SIGTERM, signal.SIG_IGN)");
    let generator = Managed::new(stand_in.settings()).unwrap();
    say(&generator, "a").unwrap();
    let start = Instant::now();
    drop(generator);
    assert!(running(stand_in.path()).is_empty() && start.elapsed() < LONG);

    let stand_in = StandIn::new("time.sleep(600)");
    let generator = Managed::new(stand_in.settings()).unwrap();
    generator.warm();
    drop(generator);
    assert!(running(stand_in.path()).is_empty());
}

#[test]
fn a_server_does_not_outlive_a_parent_that_is_killed() {
    for before in ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"] {
        let stand_in = StandIn::new(before);
        let mut parent = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lives::a_parent", "--ignored"])
            .env(FOLDER, stand_in.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        assert!(until(LONG, || stand_in.starts().len() == 1 && running(stand_in.path()).len() == 1));
        parent.kill().unwrap();
        parent.wait().unwrap();
        assert!(stand_in.is_gone_within(Duration::from_secs(2)));
    }
}

#[test]
#[ignore = "the parent of the test above, which starts it as a process of its own"]
fn a_parent() {
    let folder = std::env::var_os(FOLDER).expect("started by the test above");
    let generator = Managed::new(settings(folder.as_ref())).unwrap();
    generator.warm();
    loop {
        std::thread::park();
    }
}
