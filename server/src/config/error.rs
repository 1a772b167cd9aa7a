//! Why settings make no configuration.

use std::net::SocketAddr;
use std::path::PathBuf;

use maxsimd_engine::kernels::UnknownKernels;

use crate::generators::GeneratorFlagsError;
use crate::host::SitesError;
use crate::keys::KeysError;
use crate::tls::TlsError;
use crate::web::WebFlagsError;

/// Why settings make no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Reachable by others without authentication.
    #[error(
        "{0} can be reached by others, and nobody needs a key; `maxsimd keys new` makes one for --keys-file. Or listen on 127.0.0.1, or \
         say --insecure-no-auth"
    )]
    Exposed(SocketAddr),
    /// Two settings that contradict each other.
    #[error("keys are given, and --insecure-no-auth says that nobody needs one; leave out either")]
    KeysAndNone,
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
    /// Keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A name of the daemon or an address of a page is none.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Traces cannot be sent.
    #[cfg(feature = "otlp")]
    #[error(transparent)]
    Otlp(#[from] crate::otlp::OtlpError),
    /// Neither MAXSIMD_HOME nor a home folder.
    #[error("there is no cache folder to look for models in; set MAXSIMD_HOME, or give --model a folder")]
    NoHome,
}
