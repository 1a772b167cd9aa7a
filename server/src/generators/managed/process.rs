//! How the child is started: its command line, its port, its key; and how it is asked whether it is ready.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use maxsimd_engine::generate::openai::{OpenAi, OpenAiSettings, Secret};

use super::enter::{ENTRY, Task};
use super::settings::{self, ManagedSettings, Program};

/// Runs the server of the Python package.
const SERVE: &str = include_str!("serve.py");
/// Where both servers look for their key: neither the list of processes nor a file shows it.
const KEY_VARIABLE: &str = "LLAMA_API_KEY";
/// How long a child that loads its model may take to say so.
const PROBE: Duration = Duration::from_secs(2);

/// Where a child listens, and for whom.
#[derive(Debug)]
pub(super) struct Address {
    port: u16,
    key: Secret,
}

impl Address {
    /// A free port on loopback, and a key that nobody had before.
    pub(super) fn pick() -> io::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut random = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        let key = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Self { port, key: Secret::new(key) })
    }

    /// Whether somebody listens at the port, once the child has ended.
    pub(super) fn is_taken(&self) -> bool {
        TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).is_err()
    }

    /// Whether the child has loaded its model. What is asked for needs the key, so that nobody else who listens there is
    /// taken for the child.
    pub(super) fn answers(&self) -> bool {
        let config = ureq::Agent::config_builder().proxy(None).max_redirects(0).timeout_global(Some(PROBE)).build();
        let agent = ureq::Agent::new_with_config(config);
        let url = format!("http://127.0.0.1:{}/props", self.port);
        // Who lets everybody in is not the child.
        if !matches!(agent.get(&url).call(), Err(ureq::Error::StatusCode(401))) {
            return false;
        }
        agent.get(&url).header("authorization", format!("Bearer {}", self.key.reveal())).call().is_ok()
    }

    /// Who speaks with the child.
    pub(super) fn client(&self, settings: &ManagedSettings) -> OpenAi {
        let url = format!("http://127.0.0.1:{}/v1", self.port);
        let ask = OpenAiSettings::new(settings::KIND, url, &settings.name);
        OpenAi::new(OpenAiSettings { key: Some(self.key.clone()), silence: settings.silence, ..ask })
    }
}

/// Starts the child. It is killed when the calling thread ends.
pub(super) fn start(settings: &ManagedSettings, address: &Address) -> io::Result<Child> {
    let task = Task {
        parent: std::process::id(),
        memory_bytes: settings.memory_bytes,
        program: command_line(settings, address.port)?,
    };
    let mut command = Command::new(launcher(settings)?);
    // Keys of other servers, and what this one is told, are none of its business.
    let ours = |name: &OsString| name.as_encoded_bytes().starts_with(b"MAXSIMD_") || name == "OPENAI_API_KEY";
    for name in std::env::vars_os().map(|(name, _)| name).filter(ours) {
        command.env_remove(name);
    }
    command
        .arg(ENTRY)
        .args(task.to_arguments())
        .env(KEY_VARIABLE, address.key.reveal())
        // Prompts differ: those of the past are not worth the memory that is kept for them by default.
        .env("LLAMA_ARG_CACHE_RAM", "0")
        // It is stopped with all that it starts, and not by Ctrl-C at a terminal, which this process has answers to end after.
        .process_group(0)
        // The server of the Python package ends when this pipe does.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// This program, also if its file was replaced since it was started.
fn launcher(settings: &ManagedSettings) -> io::Result<PathBuf> {
    match &settings.launcher {
        Some(launcher) => Ok(launcher.clone()),
        None if cfg!(target_os = "linux") => Ok(PathBuf::from("/proc/self/exe")),
        None => std::env::current_exe(),
    }
}

fn command_line(settings: &ManagedSettings, port: u16) -> io::Result<Vec<OsString>> {
    let model = std::path::absolute(&settings.model)?.into_os_string();
    let name = OsString::from(&settings.name);
    let [port, threads, context] =
        [port.to_string(), settings.threads.to_string(), settings.context_tokens.to_string()].map(OsString::from);
    Ok(match &settings.program {
        Program::LlamaServer(program) => {
            let flags = [
                ("--host", "127.0.0.1".into()),
                ("--port", port),
                ("--model", model),
                ("--alias", name),
                ("--threads", threads.clone()),
                ("--threads-batch", threads),
                ("--ctx-size", context),
                ("--parallel", "1".into()),
            ];
            let flags = flags.into_iter().flat_map(|(flag, value)| [OsString::from(flag), value]);
            std::iter::once(program.into()).chain(flags).collect()
        }
        Program::Xllamacpp { python, packages } => {
            let packages = std::path::absolute(packages)?.into_os_string();
            // Isolated from the user's settings and packages; writes no byte code beside the verified files.
            let start = [python.into(), "-I".into(), "-B".into(), "-c".into(), SERVE.into()];
            start.into_iter().chain([packages, model, name, port, threads, context]).collect()
        }
    })
}
