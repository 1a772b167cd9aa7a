//! `keys new`: a key that is shown once, and what the daemon has to know of it.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use maxsimd_engine::collection::CollectionName;

use super::print;
use crate::keys::{KeyScope, NewKey};

/// Make keys for a daemon
#[derive(Debug, Clone, clap::Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum What {
    /// Make a key: shows it once, with the line for the daemon's file of keys, which holds only a hash of it
    New(New),
}

#[derive(Debug, Clone, clap::Args)]
struct New {
    /// What it is for; each scope contains those before it
    #[arg(long, value_enum)]
    scope: KeyScope,
    /// Collection that it is for, by its own name; may be given several times [default: all, also those to come]
    #[arg(long, value_name = "NAME", value_parser = name)]
    collection: Vec<CollectionName>,
    /// What it is called in logs [default: something random]
    #[arg(long, value_name = "NAME", value_parser = name)]
    id: Option<CollectionName>,
    /// Append the line to this file, and show only the key
    #[arg(long, value_name = "FILE")]
    append: Option<PathBuf>,
    /// Print one JSON object with key and line
    #[arg(long)]
    json: bool,
}

fn name(text: &str) -> Result<CollectionName, String> {
    CollectionName::parse(text).map_err(|error| error.to_string())
}

impl KeysArgs {
    /// Does it.
    pub fn run(self) -> ExitCode {
        let What::New(new) = self.what;
        match new.run() {
            Ok(said) => print(&said),
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

impl New {
    fn run(self) -> Result<String, String> {
        let collections: BTreeSet<CollectionName> = self.collection.into_iter().collect();
        if self.scope == KeyScope::Metrics && !collections.is_empty() {
            return Err("metrics are of all collections; leave out --collection".to_owned());
        }
        let collections = (!collections.is_empty()).then_some(collections);
        let made = NewKey::make(self.id, self.scope, collections).map_err(|error| format!("no randomness: {error}"))?;
        if let Some(path) = &self.append {
            append(path, &made.line).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(match (self.json, &self.append) {
            (true, _) => format!("{}\n", serde_json::json!({"key": made.key, "line": made.line})),
            (false, Some(_)) => format!("{}\n", made.key),
            (false, None) => format!(
                "# the key, which is not shown again; send it as `Authorization: Bearer KEY`\n{}\n# its line for --keys-file\n{}\n",
                made.key, made.line
            ),
        })
    }
}

/// One write of a whole line, so that two who append at once do not mix. What somebody else wrote may lack its last end of line.
fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let before = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{before}{line}\n").as_bytes())?;
    file.sync_all()
}
