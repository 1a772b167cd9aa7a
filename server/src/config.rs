//! Flags and environment to a typed configuration; nothing else of the daemon reads either.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use maxsimd_engine::kernels::{self, UnknownKernels};

use crate::generators::{GeneratorFlags, GeneratorFlagsError, Generators};
use crate::home::{DEFAULT_MODEL, Home};
use crate::web::{WebFlags, WebFlagsError};
use crate::{CrossEncoderFolder, EncoderSource};
use maxsimd_engine::answer::Web;

/// Bytes of a request's body.
pub(crate) const BODY_BYTES: usize = 32 * 1024 * 1024;

/// What a daemon needs to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Data folder.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the encoder for texts comes from.
    pub encoder: EncoderSource,
    /// What says how relevant passages are, if anything.
    pub cross_encoder: Option<CrossEncoderFolder>,
    /// Threads for searching and encoding.
    pub threads: NonZeroUsize,
    /// Searches that may wait for a thread.
    pub queue: usize,
    /// Share of pruned searches, from 0 to 1, that are searched again exhaustively to measure recall.
    pub shadow: f64,
    /// What is done to have collections in memory.
    pub memory: Memory,
    /// Writes even if the data folder is on a remote file system.
    pub allow_remote: bool,
    /// What can write answers.
    pub generators: Generators,
    /// Where pages are searched for, if anywhere.
    pub web: Option<Web>,
    /// Bounds on connections, bodies and times.
    pub limits: Limits,
}

/// What is done to have a generation in memory before it is served; else searches read what they touch.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Reads and checks what scoring needs.
    pub preload: bool,
    /// Locks segments and postings.
    pub lock: bool,
}

/// Bounds that keep one client from taking the daemon away from the others.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections served at once; more wait in the kernel's backlog.
    pub connections: usize,
    /// Time for a request's head to arrive, and for a connection to be idle.
    pub header_timeout: Duration,
    /// Time for a request's body to arrive.
    pub body_timeout: Duration,
    /// Time in which a client has to take some more of its reply.
    pub write_timeout: Duration,
    /// Bytes of one body.
    pub body_bytes: usize,
    /// Bytes of all bodies above 64 KiB together.
    pub body_memory: usize,
    /// Deadline of a search that names none.
    pub deadline: Duration,
    /// Time that requests in flight get when the daemon stops.
    pub drain: Duration,
    /// How often the data folder is looked at for new generations.
    pub watch_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            body_bytes: BODY_BYTES,
            body_memory: 256 * 1024 * 1024,
            deadline: Duration::from_secs(30),
            drain: Duration::from_secs(20),
            watch_every: Duration::from_millis(250),
        }
    }
}

impl Config {
    /// A daemon on a free port of loopback with everything else by default.
    pub fn local(data: impl Into<PathBuf>, encoder: EncoderSource) -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            data: data.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            encoder,
            cross_encoder: None,
            threads,
            queue: DEFAULT_QUEUE,
            shadow: DEFAULT_SHADOW,
            memory: Memory::default(),
            allow_remote: false,
            generators: Generators::default(),
            web: None,
            limits: Limits::default(),
        }
    }
}

const DEFAULT_QUEUE: usize = 128;
const DEFAULT_SHADOW: f64 = 0.001;
const MOST_THREADS: u64 = 1024;

/// Flags of `maxsimd`, and of `maxsim serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder that holds the collections
    #[arg(long, value_name = "DIR", env = "MAXSIMD_DATA")]
    pub data: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", env = "MAXSIMD_LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,
    /// Encoder for query texts: a folder, or the name of a pulled model [default: all-minilm-l6-v2 if it is pulled]
    #[arg(long, value_name = "M", env = "MAXSIMD_MODEL")]
    pub model: Option<String>,
    /// Cross-encoder that rerank, crag and self_rag judge by: a folder, or the name of a pulled model [default: none]
    #[arg(long, value_name = "M", env = "MAXSIMD_CROSS_ENCODER")]
    pub cross_encoder: Option<String>,
    /// Threads for searching and encoding [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_THREADS))]
    pub threads: Option<u64>,
    /// Searches that may wait for a thread; more get 429 at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_QUEUE)]
    pub queue: usize,
    /// Share of pruned searches that are searched again exhaustively, at low priority, to measure recall; 0 for none
    #[arg(long, value_name = "SHARE", env = "MAXSIMD_SHADOW", default_value_t = DEFAULT_SHADOW, value_parser = share)]
    pub shadow: f64,
    /// Read what searches need of a generation once, before it is served
    #[arg(long)]
    pub preload: bool,
    /// Lock collections in memory; the daemon is not ready while one of them cannot be
    #[arg(long)]
    pub lock_memory: bool,
    /// Write even if the data folder is on a network file system, where a lost connection can end the daemon
    #[arg(long)]
    pub allow_remote_fs: bool,
    /// What can write answers.
    #[command(flatten)]
    pub generators: GeneratorFlags,
    /// Where pages are searched for.
    #[command(flatten)]
    pub web: WebFlags,
    /// Connections served at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections)]
    pub connections: usize,
    /// Instruction set to score with: avx512-vnni, avx2, neon or scalar [default: the fastest that there is]
    #[arg(long, value_name = "NAME", env = "MAXSIMD_KERNELS")]
    pub kernels: Option<String>,
    /// Seconds that requests in flight get when the daemon stops
    #[arg(long, value_name = "N", default_value_t = Limits::default().drain.as_secs())]
    pub drain_seconds: u64,
    /// Listen on an address that others can reach, although there is no authentication
    #[arg(long)]
    pub insecure_no_auth: bool,
    /// What is logged to stderr, e.g. warn or maxsimd_server=debug
    #[arg(long, value_name = "FILTER", env = "MAXSIMD_LOG", default_value = "info")]
    pub log: String,
    /// Folder of pulled models
    #[arg(long, value_name = "DIR", env = "MAXSIMD_HOME", hide = true)]
    pub home: Option<PathBuf>,
    /// ONNX Runtime library, instead of the pulled one
    #[arg(long, value_name = "FILE", env = "ORT_DYLIB_PATH", hide = true)]
    pub onnx_runtime: Option<PathBuf>,
}

/// Why flags make no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Reachable by others without authentication.
    #[error(
        "{0} can be reached by others and there is no authentication; listen on 127.0.0.1, or add --insecure-no-auth"
    )]
    Exposed(SocketAddr),
    /// The model named is not there.
    #[error(
        "{}: no such model; `maxsim models pull` fetches the default encoder, `maxsim models pull hf:ORG/REPO` another model; folders are \
         taken, too",
        .0.display()
    )]
    NoModel(PathBuf),
    /// The log filter cannot be parsed.
    #[error("{0:?} is no log filter such as info or maxsimd_server=debug")]
    LogFilter(String),
    /// The processor has no such kernels.
    #[error(transparent)]
    Kernels(#[from] UnknownKernels),
    /// There is no such generator.
    #[error(transparent)]
    Generator(#[from] GeneratorFlagsError),
    /// There is no such search.
    #[error(transparent)]
    Web(#[from] WebFlagsError),
    /// Neither MAXSIMD_HOME nor a home folder.
    #[error("there is no cache folder to look for models in; set MAXSIMD_HOME, or give --model a folder")]
    NoHome,
}

impl Flags {
    /// Checks the flags against each other, looks up the model and chooses the kernels of this process.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        if !self.listen.ip().is_loopback() && !self.insecure_no_auth {
            return Err(ConfigError::Exposed(self.listen));
        }
        if let Some(name) = &self.kernels {
            kernels::force(name)?;
        }
        let mut config = Config::local(self.data.clone(), self.encoder()?);
        config.listen = self.listen;
        if let Some(threads) = self.threads.and_then(|n| NonZeroUsize::new(usize::try_from(n).ok()?)) {
            config.threads = threads;
        }
        config.cross_encoder = self.cross_encoder()?;
        config.queue = self.queue;
        config.shadow = self.shadow;
        config.memory = Memory { preload: self.preload, lock: self.lock_memory };
        config.allow_remote = self.allow_remote_fs;
        config.generators = self.generators.open(&self.assets()?)?;
        config.web = self.web.open()?;
        config.limits.connections = self.connections.max(1);
        config.limits.drain = Duration::from_secs(self.drain_seconds);
        Ok(config)
    }

    fn assets(&self) -> Result<Home, ConfigError> {
        Home::locate(self.home.clone()).ok_or(ConfigError::NoHome)
    }

    fn encoder(&self) -> Result<EncoderSource, ConfigError> {
        let home = self.assets()?;
        let folder = home.model(self.model.as_deref().unwrap_or(DEFAULT_MODEL));
        if folder.is_dir() {
            return Ok(EncoderSource::Folder { folder, runtime: home.library(self.onnx_runtime.clone()) });
        }
        match self.model {
            Some(_) => Err(ConfigError::NoModel(folder)),
            None => Ok(EncoderSource::Absent),
        }
    }

    fn cross_encoder(&self) -> Result<Option<CrossEncoderFolder>, ConfigError> {
        let Some(name) = &self.cross_encoder else { return Ok(None) };
        let home = self.assets()?;
        let folder = home.model(name);
        if !folder.is_dir() {
            return Err(ConfigError::NoModel(folder));
        }
        Ok(Some(CrossEncoderFolder { folder, runtime: home.library(self.onnx_runtime.clone()) }))
    }
}

/// An address with a port; `localhost` is understood without asking a resolver.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().map_err(|_| format!("{text:?} is no address with a port such as 127.0.0.1:8080"))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is no share from 0 to 1"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        flags: Flags,
    }

    fn config(flags: &[&str]) -> Result<Config, ConfigError> {
        let home = tempfile::tempdir().expect("a folder");
        let all = ["maxsimd", "--data", ".", "--home", home.path().to_str().expect("UTF-8")];
        let command = Command::try_parse_from(all.iter().chain(flags)).expect("known flags");
        command.flags.into_config()
    }

    #[test]
    fn an_address_that_others_can_reach_needs_a_flag_that_says_so() {
        assert!(matches!(config(&["--listen", "0.0.0.0:80"]), Err(ConfigError::Exposed(_))));
        assert!(matches!(config(&["--listen", "[::]:80"]), Err(ConfigError::Exposed(_))));
        assert!(config(&["--listen", "0.0.0.0:80", "--insecure-no-auth"]).is_ok());
        assert!(config(&["--listen", "localhost:80"]).is_ok());
        assert!(config(&["--listen", "[::1]:80"]).is_ok());
    }

    #[test]
    fn a_model_that_was_named_must_exist_but_the_default_may_be_absent() {
        assert!(matches!(config(&["--model", "no-such-model"]), Err(ConfigError::NoModel(_))));
        assert!(matches!(config(&[]).expect("flags").encoder, EncoderSource::Absent));
        assert!(matches!(config(&["--cross-encoder", "no-such-model"]), Err(ConfigError::NoModel(_))));
    }

    #[test]
    fn kernels_that_the_processor_lacks_are_refused_with_the_names_of_those_it_has() {
        let error = config(&["--kernels", "abacus"]).expect_err("no such kernels").to_string();
        assert!(error.contains("abacus") && error.contains("scalar"), "{error}");
    }

    #[test]
    fn senseless_flags_are_usage_errors() {
        let shares = [["--shadow", "1.5"], ["--shadow", "-0.1"], ["--shadow", "NaN"], ["--shadow", ""]];
        let others = [["--threads", "0"], ["--listen", "nonsense"], ["--queue", "-1"], ["--threads", "1e9"]];
        for bad in shares.into_iter().chain(others) {
            assert!(Command::try_parse_from(["maxsimd", "--data", ".", bad[0], bad[1]]).is_err(), "{bad:?}");
        }
    }
}
