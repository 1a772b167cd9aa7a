//! Every setting once, as a flag: what it is called, what it may be, what it is if nobody says anything.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use maxsimd_engine::kernels;

use super::limits::LimitFlags;
use super::{Config, ConfigError, DEFAULT_QUEUE, DEFAULT_SHADOW, Memory};
use crate::generators::GeneratorFlags;
use crate::home::{DEFAULT_MODEL, Home};
use crate::host::SiteFlags;
use crate::keys::KeyFlags;
use crate::log::LogFlags;
use crate::tls::TlsFlags;
use crate::web::WebFlags;
use crate::{CrossEncoderFolder, EncoderSource};

const MOST_THREADS: u64 = 1024;
const MOST_QUEUE: u64 = 65536;
const MOST_CACHE_MIB: u64 = 1 << 20;

/// Flags of `maxsimd`, and of `maxsim serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// File of settings in TOML, called as flags are; the environment comes before it, flags come before both
    #[arg(long, value_name = "FILE", env = "MAXSIMD_CONFIG")]
    pub config: Option<PathBuf>,
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
    #[arg(long, value_name = "N", env = "MAXSIMD_THREADS", value_parser = clap::value_parser!(u64).range(1..=MOST_THREADS))]
    pub threads: Option<u64>,
    /// Searches that may wait for a thread; more get 429 at once, and then no one waits longer than 8 ms until none was refused for a second
    #[arg(long, value_name = "N", env = "MAXSIMD_QUEUE", default_value_t = 128, value_parser = clap::value_parser!(u64).range(0..=MOST_QUEUE))]
    pub queue: u64,
    /// Mebibytes of replies to searches that are kept for when the same is asked of an unchanged collection; 0 for none
    #[arg(long, value_name = "N", env = "MAXSIMD_CACHE_MIB", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=MOST_CACHE_MIB))]
    pub cache_mib: u64,
    /// Share of pruned searches that are searched again exhaustively, at low priority, to measure recall; 0 for none
    #[arg(long, value_name = "SHARE", env = "MAXSIMD_SHADOW", default_value_t = DEFAULT_SHADOW, value_parser = share)]
    pub shadow: f64,
    /// Read what searches need of a generation once, before it is served
    #[arg(long, env = "MAXSIMD_PRELOAD")]
    pub preload: bool,
    /// Lock collections in memory; the daemon is not ready while one of them cannot be
    #[arg(long, env = "MAXSIMD_LOCK_MEMORY")]
    pub lock_memory: bool,
    /// Write even if the data folder is on a network file system, where a lost connection can end the daemon
    #[arg(long, env = "MAXSIMD_ALLOW_REMOTE_FS")]
    pub allow_remote_fs: bool,
    /// Instruction set to score with: avx512-vnni, avx2, neon or scalar [default: the fastest that there is]
    #[arg(long, value_name = "NAME", env = "MAXSIMD_KERNELS")]
    pub kernels: Option<String>,
    /// Folder of pulled models
    #[arg(long, value_name = "DIR", env = "MAXSIMD_HOME", hide = true)]
    pub home: Option<PathBuf>,
    /// ONNX Runtime library, instead of the pulled one
    #[arg(long, value_name = "FILE", env = "ORT_DYLIB_PATH", hide = true)]
    pub onnx_runtime: Option<PathBuf>,
    /// Who may ask.
    #[command(flatten)]
    pub keys: KeyFlags,
    /// Names that it is asked under.
    #[command(flatten)]
    pub sites: SiteFlags,
    /// The certificate.
    #[command(flatten)]
    pub tls: TlsFlags,
    /// What can write answers.
    #[command(flatten)]
    pub generators: GeneratorFlags,
    /// Where pages are searched for.
    #[command(flatten)]
    pub web: WebFlags,
    /// Bounds.
    #[command(flatten)]
    pub limits: LimitFlags,
    /// What is logged, and how.
    #[command(flatten)]
    pub log: LogFlags,
    /// Where traces go.
    #[cfg(feature = "otlp")]
    #[command(flatten)]
    pub otlp: crate::otlp::OtlpFlags,
}

impl Flags {
    /// Checks the flags against each other, looks up the model and chooses the kernels of this process.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        let keys = self.keys.open()?;
        match (&keys, self.keys.insecure_no_auth) {
            (Some(_), true) => return Err(ConfigError::KeysAndNone),
            (None, false) if !self.listen.ip().is_loopback() => return Err(ConfigError::Exposed(self.listen)),
            _ => {}
        }
        if let Some(name) = &self.kernels {
            kernels::force(name)?;
        }
        let mut config = Config::local(self.data.clone(), self.encoder()?);
        config.listen = self.listen;
        config.keys = keys;
        config.sites = self.sites.open()?;
        config.tls = self.tls.open()?;
        config.slow = self.log.slow();
        if let Some(threads) = self.threads.and_then(|n| NonZeroUsize::new(usize::try_from(n).ok()?)) {
            config.threads = threads;
        }
        config.cross_encoder = self.cross_encoder()?;
        config.queue = usize::try_from(self.queue).unwrap_or(DEFAULT_QUEUE);
        config.cache_bytes = self.cache_mib << 20;
        config.shadow = self.shadow;
        config.memory = Memory { preload: self.preload, lock: self.lock_memory };
        config.allow_remote = self.allow_remote_fs;
        config.generators = self.generators.open(&self.assets()?)?;
        config.web = self.web.open()?;
        config.limits = self.limits.limits();
        #[cfg(feature = "otlp")]
        {
            config.traces = self.otlp.open()?;
        }
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
    use crate::keys::{KeyScope, NewKey};

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
    fn an_address_that_others_can_reach_is_listened_on_where_they_need_a_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys");
        let new = NewKey::make(None, KeyScope::Read, None).expect("randomness");
        std::fs::write(&file, format!("{}\n", new.line)).expect("written");
        let keys = ["--keys-file", file.to_str().expect("UTF-8")];
        let listening = config(&[&keys[..], &["--listen", "0.0.0.0:80"]].concat()).expect("flags");
        assert!(listening.keys.is_some());
        let both = config(&[&keys[..], &["--insecure-no-auth"]].concat());
        assert!(matches!(both, Err(ConfigError::KeysAndNone)));
        std::fs::write(&file, "# none yet\n").expect("written");
        assert!(matches!(config(&keys), Err(ConfigError::Keys(_))), "whoever names a file means to have keys");
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
