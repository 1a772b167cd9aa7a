//! The program `maxsimd`: settings from everywhere, keys, signals, logs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};
use serde_json::Value;
use tempfile::TempDir;

/// The program, without what the environment of the tests says.
fn maxsimd(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maxsimd"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MAXSIMD_") || name == "OPENAI_API_KEY" {
            command.env_remove(name);
        }
    }
    command.env("MAXSIMD_HOME", home);
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// A folder with data, and with settings in a file.
fn folder(settings: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    let data = folder.path().join("data");
    std::fs::write(folder.path().join("m.toml"), format!("data = {data:?}\n{settings}")).expect("written");
    folder
}

fn on(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = maxsimd(folder);
    command.args(arguments).arg("--config").arg(folder.join("m.toml"));
    command
}

#[test]
fn settings_come_from_a_file_below_the_environment_below_flags() {
    let folder = folder("queue = 1\nthreads = 1\ndrain-seconds = 1\npreload = true\nallow-host = [\"a.example\"]");
    let mut command = on(folder.path(), &["config", "print", "--queue", "3", "--preload=false"]);
    command.env("MAXSIMD_QUEUE", "2").env("MAXSIMD_THREADS", "2").env("MAXSIMD_LOCK_MEMORY", "yes");
    command.env("MAXSIMD_ALLOW_ORIGIN", "https://a.example,https://b.example");
    let (code, printed, _) = run(&mut command);
    assert_eq!(code, 0);
    let settings: toml::Table = printed.parse().unwrap_or_else(|error| panic!("{error}: {printed}"));
    let number = |name: &str| settings[name].as_integer();
    assert_eq!((number("queue"), number("threads"), number("drain-seconds")), (Some(3), Some(2), Some(1)));
    assert_eq!((settings["preload"].as_bool(), settings["lock-memory"].as_bool()), (Some(false), Some(true)));
    assert_eq!(settings["allow-origin"].as_array().map(Vec::len), Some(2));
    for (name, layer) in [("queue", "flag"), ("threads", "environment"), ("drain-seconds", "file"), ("log", "default")]
    {
        let line = printed.lines().find(|line| line.starts_with(&format!("{name} ="))).expect("a line");
        assert!(line.ends_with(&format!("# {layer}")), "{line}");
    }
    // What is printed gives the same again.
    std::fs::write(folder.path().join("m.toml"), &printed).expect("written");
    let (_, again, _) = run(&mut on(folder.path(), &["config", "print"]));
    assert_eq!(again.parse::<toml::Table>().expect("TOML"), settings);
}

#[test]
fn secrets_are_not_printed() {
    let folder = folder("");
    let mut command = on(folder.path(), &["config", "print"]);
    for name in ["MAXSIMD_GENERATOR_KEY", "MAXSIMD_WEB_KEY", "MAXSIMD_KEYS", "OPENAI_API_KEY"] {
        command.env(name, "hush");
    }
    let (_, printed, _) = run(&mut command);
    assert!(!printed.contains("hush"));
    assert_eq!(printed.matches("is set in the environment; it is not shown").count(), 4, "{printed}");
}

#[test]
fn settings_that_cannot_be_used_are_refused_with_what_to_do() {
    let check = |settings: &str| {
        let folder = folder(settings);
        run(&mut on(folder.path(), &["config", "check"]))
    };
    let (code, said, _) = check("");
    assert!(code == 0 && said.contains("http://127.0.0.1:8080") && said.contains("no keys"), "{said}");
    for (settings, expected, told) in [
        ("listn = \"127.0.0.1:1\"", 2, "listen is meant"),
        ("threads = \"two\"", 2, "a number"),
        ("threads = 0", 2, "m.toml"),
        ("listen = \"0.0.0.0:80\"", 1, "keys new"),
        ("keys-file = \"/nowhere/keys\"", 1, "/nowhere/keys"),
        ("tls-cert = \"/nowhere/cert\"", 1, "--tls-key"),
        ("allow-origin = [\"*\"]", 1, "--allow-origin"),
        ("generator-url = \"http://127.0.0.1:1/v1\"", 1, "--generator-model"),
        ("log = \"=\"", 1, "no log filter"),
        ("data = \"/nowhere\"", 2, "duplicate key"),
    ] {
        let (code, _, error) = check(settings);
        assert!(code == expected && error.contains(told), "{settings}: {code} {error}");
    }
    let folder = folder("");
    let (code, _, error) = run(on(folder.path(), &["config", "check"]).env("MAXSIMD_LISTN", "127.0.0.1:1"));
    assert!(code == 1 && error.contains("MAXSIMD_LISTEN is meant"), "{error}");
    let (code, _, error) = run(on(folder.path(), &["config", "check"]).env("MAXSIMD_KEYS", ""));
    assert!(code == 1 && error.contains("no key in MAXSIMD_KEYS"), "{error}");
    let (code, _, error) = run(&mut maxsimd(folder.path()));
    assert!(code == 2 && error.contains("--data"), "{error}");
}

#[test]
fn keys_are_made_for_a_file_that_holds_none_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keys");
    let path = file.to_str().expect("UTF-8");
    std::fs::write(&file, "# without an end of line").expect("written");
    let new = |more: &[&str]| run(maxsimd(folder.path()).args(["keys", "new"]).args(more));
    let (code, shown, _) = new(&["--scope", "read", "--collection", "b", "--collection", "a", "--id", "reports"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = shown.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines[0].starts_with("maxsimd_") && lines[1].starts_with("reports read a,b blake3:"), "{shown}");
    let (_, key, _) = new(&["--scope", "admin", "--append", path]);
    let (_, other, _) = new(&["--scope", "write", "--append", path]);
    let text = std::fs::read_to_string(&file).expect("text");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(!text.contains(key.trim()) && !text.contains(other.trim()));
    let (_, json, _) = new(&["--scope", "metrics", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("an object");
    assert!(json["key"].is_string() && json["line"].as_str().is_some_and(|line| line.contains(" metrics * ")));
    for bad in [&["--scope", "root"][..], &[], &["--scope", "read", "--collection", "../a"]] {
        assert_eq!(new(bad).0, 2, "{bad:?}");
    }
    assert_eq!(new(&["--scope", "metrics", "--collection", "a"]).0, 1);
    std::fs::remove_file(&file).expect("removed");
    new(&["--scope", "read", "--append", path]);
    assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
}

/// A daemon that runs until the test ends, and what it logs.
struct Running(Child, BufReader<std::process::ChildStderr>);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let log = BufReader::new(child.stderr.take().expect("a pipe"));
        Self(child, log)
    }

    /// The next line of the log with a message, and all lines up to it.
    fn until(&mut self, message: &str) -> (Value, String) {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.1.read_line(&mut line).expect("UTF-8"), 0, "the log ended: {all}");
            all.push_str(&line);
            let object: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if object["message"] == message {
                return (object, all);
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).expect("an id")).expect("an id");
        kill_process(pid, signal).expect("it runs");
    }
}

/// A whole reply.
fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the daemon listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the daemon reads");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    reply
}

fn status(address: SocketAddr, key: &str) -> String {
    get(address, "/version", &format!("Authorization: Bearer {key}\r\n"))[9..12].to_owned()
}

fn bound(listening: &Value) -> SocketAddr {
    listening["bound"].as_str().and_then(|text| text.parse().ok()).expect("an address")
}

#[test]
fn a_daemon_asks_for_keys_reads_them_again_at_a_signal_and_logs_none_of_them() {
    let folder = folder("listen = \"127.0.0.1:0\"\nlog-format = \"json\"");
    let keys = folder.path().join("keys");
    let path = keys.to_str().expect("UTF-8");
    let new = |id: &str| {
        let (_, key, _) =
            run(maxsimd(folder.path()).args(["keys", "new", "--scope", "read", "--append", path, "--id", id]));
        key.trim().to_owned()
    };
    let first = new("first");
    let mut running = Running::start(&mut on(folder.path(), &["--keys-file", path]));
    let (listening, mut log) = running.until("listening");
    assert_eq!((&listening["keys"], &listening["tls"]), (&1.into(), &false.into()));
    let address = bound(&listening);
    assert_eq!((status(address, &first).as_str(), status(address, "maxsimd_guess").as_str()), ("200", "401"));
    let (request, more) = running.until("request");
    assert_eq!((&request["key"], &request["status"]), (&"first".into(), &200.into()));
    assert!(request["peer"].as_str().is_some_and(|peer| peer.starts_with("127.0.0.1:")), "{request}");
    log.push_str(&more);
    let second = new("second");
    running.signal(Signal::HUP);
    log.push_str(&running.until("keys were read again").1);
    while status(address, &second) != "200" {
        std::thread::yield_now();
    }
    running.signal(Signal::TERM);
    log.push_str(&running.until("stopped").1);
    assert!(running.0.wait().expect("ended").success());
    assert!(![&first, &second].iter().any(|key| log.contains(key.as_str())) && !log.contains("guess"), "{log}");
}

#[test]
fn a_daemon_that_is_told_to_stop_says_so_before_it_closes_its_door() {
    let folder = folder("listen = \"127.0.0.1:0\"\nlog-format = \"json\"\ndrain-notice-seconds = 3600");
    let mut running = Running::start(&mut on(folder.path(), &[]));
    let address = bound(&running.until("listening").0);
    let ready = || get(address, "/readyz", "");
    while !ready().starts_with("HTTP/1.1 200") {
        std::thread::yield_now();
    }
    running.signal(Signal::TERM);
    // Whoever asks learns of it on new connections, and other requests are answered as before.
    let stopping = loop {
        let reply = ready();
        if !reply.starts_with("HTTP/1.1 200") {
            break reply;
        }
    };
    assert!(stopping.starts_with("HTTP/1.1 503") && stopping.contains("\"draining\":true"), "{stopping}");
    assert_eq!(status(address, ""), "200");
    // Asked again, it waits for nobody any more.
    running.signal(Signal::TERM);
    running.until("stopped");
    assert!(running.0.wait().expect("ended").success());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_daemon_that_was_out_of_files_accepts_again() {
    let folder = folder("listen = \"127.0.0.1:0\"\nlog-format = \"json\"");
    let mut running = Running::start(&mut on(folder.path(), &[]));
    let address = bound(&running.until("listening").0);
    while !get(address, "/readyz", "").starts_with("HTTP/1.1 200") {
        std::thread::yield_now();
    }
    let pid = Pid::from_child(&running.0);
    let none = Rlimit { current: Some(0), maximum: getrlimit(Resource::Nofile).maximum };
    let before = prlimit(Some(pid), Resource::Nofile, none).expect("a limit may be lowered");
    let mut stream = TcpStream::connect(address).expect("the daemon listens");
    running.until("accept failed");
    prlimit(Some(pid), Resource::Nofile, before).expect("a limit may be raised to what it was");
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").expect("taken");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
}

/// A service manager's end of the socket.
struct Manager(UnixDatagram, Vec<String>);

impl Manager {
    fn of(folder: &Path) -> Self {
        Self(UnixDatagram::bind(folder.join("notify")).expect("a socket"), Vec::new())
    }

    /// The next message that begins so.
    fn until(&mut self, line: &str) -> String {
        loop {
            let mut bytes = [0; 1024];
            let length = self.0.recv(&mut bytes).expect("a datagram");
            let said = String::from_utf8(bytes[..length].to_vec()).expect("UTF-8");
            self.1.push(said.clone());
            if said.starts_with(line) {
                return said;
            }
        }
    }

    fn said(&self, line: &str) -> bool {
        self.1.iter().any(|said| said.lines().any(|said| said == line))
    }
}

#[test]
fn the_service_manager_is_told_when_the_daemon_is_ready_reloads_lives_and_stops() {
    let folder = folder("listen = \"127.0.0.1:0\"\nlog-format = \"json\"");
    let mut manager = Manager::of(folder.path());
    let mut command = on(folder.path(), &[]);
    let mut running =
        Running::start(command.env("NOTIFY_SOCKET", folder.path().join("notify")).env("WATCHDOG_USEC", "20000"));
    let address = bound(&running.until("listening").0);
    assert!(manager.until("READY=1").contains("\nSTATUS=serving at 127.0.0.1:"));
    assert!(get(address, "/readyz", "").starts_with("HTTP/1.1 200"));
    manager.until("WATCHDOG=1");
    running.signal(Signal::HUP);
    let reloading = manager.until("RELOADING=1");
    let micros = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").and_then(|micros| micros.parse::<u64>().ok());
    assert!(micros > Some(0), "{reloading}");
    assert_eq!(manager.until("READY=1"), "READY=1");
    running.signal(Signal::TERM);
    manager.until("STOPPING=1");
    running.until("stopped");
    assert!(running.0.wait().expect("ended").success());
}

#[test]
fn the_service_manager_is_told_nothing_good_of_a_daemon_that_never_gets_ready() {
    let folder = folder("listen = \"127.0.0.1:0\"\nlog-format = \"json\"\nmodel = \".\"");
    let mut manager = Manager::of(folder.path());
    let mut command = on(folder.path(), &[]);
    let mut running =
        Running::start(command.env("NOTIFY_SOCKET", folder.path().join("notify")).env("ORT_DYLIB_PATH", "/nowhere"));
    let address = bound(&running.until("listening").0);
    while !get(address, "/readyz", "").contains("\"encoder\":\"failed\"") {
        std::thread::yield_now();
    }
    running.signal(Signal::TERM);
    manager.until("STOPPING=1");
    assert!(!manager.said("READY=1"), "{:?}", manager.1);
    running.until("stopped");
}

#[test]
fn health_is_asked_of_the_daemon_that_has_the_same_settings() {
    let folder = folder("log-format = \"json\"");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let listen = ["--listen", &free.to_string()];
    let health = || run(&mut on(folder.path(), &[&["health"], &listen[..]].concat()));
    let (code, _, error) = health();
    assert!(code == 1 && error.contains(&free.to_string()), "{error}");
    let mut running = Running::start(&mut on(folder.path(), &listen));
    running.until("listening");
    while health().0 != 0 {
        std::thread::yield_now();
    }
    assert_eq!(health().1, "ready\n");
}

#[test]
fn the_runtime_is_told_to_report_nothing_before_it_is_loaded() {
    let folder = folder("listen = \"127.0.0.1:0\"\nlog-format = \"json\"");
    let environment = |set: Option<&str>| {
        let mut command = on(folder.path(), &[]);
        match set {
            Some(value) => command.env("ORT_DISABLE_TELEMETRY", value),
            None => command.env_remove("ORT_DISABLE_TELEMETRY"),
        };
        let mut running = Running::start(&mut command);
        running.until("listening");
        std::fs::read_to_string(format!("/proc/{}/environ", running.0.id())).expect("Linux")
    };
    assert!(environment(None).split('\0').any(|variable| variable == "ORT_DISABLE_TELEMETRY=1"));
    assert!(environment(None).split('\0').any(|variable| variable.starts_with("MALLOC_ARENA_MAX=")));
    // Whoever decides otherwise has decided.
    assert!(environment(Some("0")).split('\0').any(|variable| variable == "ORT_DISABLE_TELEMETRY=0"));
}
