//! Starting: what is waited for, for how long, and what is said when it fails.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::generate::{Generator, GeneratorError};
use maxsimd_server::generators::managed::{Managed, ManagedError, ManagedSettings};

use crate::processes::{LONG, running, until};
use crate::stand_in::{StandIn, refusal, say, say_within};

#[test]
fn a_server_is_started_by_the_first_call_and_serves_all() {
    let stand_in = StandIn::new("");
    let generator = Managed::new(stand_in.settings()).unwrap();
    assert_eq!(generator.name(), "managed:echo");
    assert!(stand_in.starts().is_empty() && !generator.is_ready());
    std::thread::scope(|scope| {
        for text in ["a", "b", "c", "d"] {
            let generator = &generator;
            scope.spawn(move || assert_eq!(say(generator, text).unwrap(), format!("{text} echo")));
        }
    });
    assert!(generator.is_ready());
    assert_eq!(stand_in.starts().len(), 1);
}

#[test]
fn a_server_can_be_started_before_it_is_needed() {
    let stand_in = StandIn::new("");
    let generator = Managed::new(stand_in.settings()).unwrap();
    generator.warm();
    assert!(until(LONG, || generator.is_ready()));
}

#[test]
fn the_key_is_on_no_command_line_and_another_for_every_start() {
    let stand_in = StandIn::new("open(folder + '/keys', 'a').write(os.environ['LLAMA_API_KEY'] + '\\n')");
    for _ in 0..2 {
        let generator = Managed::new(stand_in.settings()).unwrap();
        say(&generator, "hello").unwrap();
        let (process, _) = *stand_in.starts().last().unwrap();
        let line = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap();
        let keys = fs::read_to_string(stand_in.path().join("keys")).unwrap();
        assert!(line.contains("echo.gguf") && keys.lines().all(|key| key.len() == 64 && !line.contains(key)));
    }
    let keys = fs::read_to_string(stand_in.path().join("keys")).unwrap();
    assert_ne!(keys.lines().next(), keys.lines().nth(1));
}

#[test]
fn a_server_that_dies_at_once_is_told_with_its_last_words_and_left_to_rest() {
    let stand_in = StandIn::new("print('this is no model', flush=True); sys.exit(7)");
    let generator = Managed::new(stand_in.settings()).unwrap();
    for starts in 1..=2 {
        let reason = refusal(&generator);
        assert!(reason.contains("exit status: 7") && reason.contains("this is no model"), "{reason}");
        assert_eq!(stand_in.starts().len(), starts);
    }
    let reason = refusal(&generator);
    assert!(reason.contains("this is no model") && reason.contains("started again in 1 s"), "{reason}");
    assert_eq!(stand_in.starts().len(), 2);
    assert!(until(LONG, || !refusal(&generator).is_empty() && stand_in.starts().len() == 3));
}

#[test]
fn a_server_that_never_listens_is_ended_when_its_time_is_over() {
    let stand_in = StandIn::new("print('thinking', flush=True); time.sleep(600)");
    let settings = ManagedSettings { start_timeout: Duration::from_secs(2), ..stand_in.settings() };
    let generator = Managed::new(settings).unwrap();
    let reason = refusal(&generator);
    assert!(reason.contains("not ready within 2 s") && reason.contains("thinking"), "{reason}");
    assert!(running(stand_in.path()).is_empty());
}

#[test]
fn a_call_waits_for_a_start_no_longer_than_its_own_time_and_the_start_goes_on() {
    let stand_in = StandIn::new("time.sleep(3)");
    let generator = Managed::new(stand_in.settings()).unwrap();
    let context = Context::until(Instant::now() + Duration::from_millis(100));
    assert_eq!(say_within(&generator, &context, "a"), Err(GeneratorError::Deadline));
    let flag = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let context = Context::unbounded().cancelled_by(Arc::clone(&flag));
            say_within(&generator, &context, "b")
        });
        flag.store(true, Ordering::Relaxed);
        assert_eq!(call.join().unwrap(), Err(GeneratorError::Cancelled));
    });
    assert_eq!(say(&generator, "c").unwrap(), "c echo");
    assert_eq!(stand_in.starts().len(), 1);
}

#[test]
fn a_port_that_somebody_else_was_faster_to_take_is_given_up_for_another() {
    let stand_in = StandIn::new(
        "while first() and not os.path.exists(folder + '/taken'): time.sleep(0.01)\n\
         if first(): sys.exit('the port is taken')",
    );
    let generator = Managed::new(stand_in.settings()).unwrap();
    generator.warm();
    assert!(until(LONG, || stand_in.starts().len() == 1));
    let _faster = std::net::TcpListener::bind(("127.0.0.1", stand_in.starts()[0].1)).unwrap();
    fs::write(stand_in.path().join("taken"), "").unwrap();
    assert_eq!(say(&generator, "a").unwrap(), "a echo");
    let starts = stand_in.starts();
    assert!(starts.len() == 2 && starts[0].1 != starts[1].1, "{starts:?}");
}

#[test]
fn a_server_that_prints_without_end_is_read_and_serves() {
    let stand_in =
        StandIn::new("for _ in range(400): sys.stdout.write('x' * 100_000); sys.stderr.write('y\\n' * 1000)");
    let generator = Managed::new(stand_in.settings()).unwrap();
    assert_eq!(say(&generator, "a").unwrap(), "a echo");
}

#[test]
fn a_server_that_wants_too_much_memory_does_not_get_it() {
    let stand_in = StandIn::new("bytes(1 << 30)");
    let settings = ManagedSettings { memory_bytes: 512 << 20, ..stand_in.settings() };
    let reason = refusal(&Managed::new(settings).unwrap());
    assert!(reason.contains("MemoryError"), "{reason}");
    let settings = ManagedSettings { memory_bytes: 2 << 30, ..stand_in.settings() };
    assert_eq!(say(&Managed::new(settings).unwrap(), "a").unwrap(), "a echo");
}

#[test]
fn a_program_that_is_gone_and_a_model_that_is_not_there_are_told_by_path() {
    let stand_in = StandIn::new("");
    let generator = Managed::new(stand_in.settings()).unwrap();
    fs::remove_file(stand_in.path().join("llama-server")).unwrap();
    let reason = refusal(&generator);
    assert!(reason.contains("llama-server: No such file"), "{reason}");
    fs::remove_file(stand_in.path().join("echo.gguf")).unwrap();
    assert!(
        matches!(Managed::new(stand_in.settings()), Err(ManagedError::NoModel { path }) if path.ends_with("echo.gguf"))
    );
}
