//! `config check` and `config print`.

use std::process::ExitCode;

use super::print;
use crate::config::{ConfigError, Given, misspelt, printed};
use crate::process::lifecycle::variables;

/// Check or print the settings of a daemon
#[derive(Debug, Clone, clap::Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum What {
    /// Check that a daemon would start with these settings; exits 1 if not
    Check(Box<Given>),
    /// Print all settings as a file that gives the same, with where each is from; secrets are not shown
    Print(Box<Given>),
}

impl ConfigArgs {
    /// Does it.
    pub fn run(self) -> ExitCode {
        match self.what {
            What::Print(given) => print(&printed(&given)),
            What::Check(given) => match check(*given) {
                Ok(said) => print(&said),
                Err(said) => {
                    eprintln!("error: {said}");
                    ExitCode::FAILURE
                }
            },
        }
    }
}

/// All that can be said without opening the data folder or listening.
fn check(given: Given) -> Result<String, String> {
    let misspelt = misspelt(variables());
    if !misspelt.is_empty() {
        return Err(misspelt.join("\n"));
    }
    crate::log::check(&given.flags.log).map_err(|error: ConfigError| error.to_string())?;
    if !given.flags.data.is_dir() {
        return Err(format!("--data {}: there is no such folder", given.flags.data.display()));
    }
    let config = given.flags.into_config().map_err(|error| error.to_string())?;
    let who = match &config.keys {
        Some(keys) => format!("{} keys", keys.count()),
        None => "no keys: whoever reaches it may do everything".to_owned(),
    };
    let how = if config.tls.is_some() { "https" } else { "http" };
    Ok(format!("{how}://{}, {who}; these settings can be used\n", config.listen))
}
