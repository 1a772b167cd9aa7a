//! What a daemon needs to start, and how it is told: defaults, below a file, below the environment, below flags. Nothing else of the
//! daemon reads any of them.
//!
//! # Layout
//!
//! `flags` and `limits` are the one definition of every setting: clap's arguments. `file` reads the same settings from TOML, `layers`
//! puts them where clap keeps defaults, so that they go through the same parsers; `given` remembers where each value is from, `printed`
//! says so, `variables` finds misspelt names in the environment.

mod error;
mod file;
mod flags;
mod given;
mod layers;
mod limits;
mod nearest;
mod printed;
mod variables;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use maxsimd_engine::answer::Web;

use crate::generators::Generators;
use crate::host::Sites;
use crate::keys::Keyring;
use crate::log::Slow;
use crate::tls::Tls;
use crate::{CrossEncoderFolder, EncoderSource};
pub use error::ConfigError;
pub use flags::Flags;
pub use given::{Given, Layer, Setting};
pub use layers::{parse, parse_from};
pub(crate) use limits::BODY_BYTES;
pub use limits::Limits;
pub use printed::printed;
pub(crate) use variables::misspelt;

const DEFAULT_QUEUE: usize = 128;
const DEFAULT_SHADOW: f64 = 0.001;

/// What a daemon needs to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Data folder.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may ask; without keys, everybody who can reach it.
    pub keys: Option<Arc<Keyring>>,
    /// Names that it is asked under, and pages that may ask.
    pub sites: Sites,
    /// The certificate to speak TLS with, if it is spoken.
    pub tls: Option<Arc<Tls>>,
    /// Where the encoder for texts comes from.
    pub encoder: EncoderSource,
    /// What says how relevant passages are, if anything.
    pub cross_encoder: Option<CrossEncoderFolder>,
    /// Threads for searching and encoding.
    pub threads: NonZeroUsize,
    /// Searches that may wait for a thread.
    pub queue: usize,
    /// Bytes of replies to searches that are kept for when they are asked again.
    pub cache_bytes: u64,
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
    /// Which requests are logged as slow.
    pub slow: Slow,
    /// Bounds on connections, bodies and times.
    pub limits: Limits,
    /// Where traces go, if anywhere.
    #[cfg(feature = "otlp")]
    pub traces: Option<Arc<crate::otlp::Traces>>,
}

/// What is done to have a generation in memory before it is served; else searches read what they touch.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Reads and checks what scoring needs.
    pub preload: bool,
    /// Locks segments and postings.
    pub lock: bool,
}

impl Config {
    /// A daemon on a free port of loopback with everything else by default.
    pub fn local(data: impl Into<PathBuf>, encoder: EncoderSource) -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            data: data.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: None,
            sites: Sites::default(),
            tls: None,
            encoder,
            cross_encoder: None,
            threads,
            queue: DEFAULT_QUEUE,
            cache_bytes: 0,
            shadow: DEFAULT_SHADOW,
            memory: Memory::default(),
            allow_remote: false,
            generators: Generators::default(),
            web: None,
            slow: Slow::default(),
            limits: Limits::default(),
            #[cfg(feature = "otlp")]
            traces: None,
        }
    }
}
