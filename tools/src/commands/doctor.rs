//! `maxsim doctor`: what this machine has, whether encoding works, and what to do where it does not.

mod facts;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use maxsimd_server::home::Home;

use crate::out::stdout;
pub use facts::{Encoding, Facts, Model, gather};

/// Check ONNX Runtime, models, CPU and pip, and encode a sentence.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of models and libraries [default: maxsimd in the user's cache folder].
    #[arg(long, env = "MAXSIMD_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// ONNX Runtime library to use instead of the pulled one.
    #[arg(long, env = "ORT_DYLIB_PATH", value_name = "FILE")]
    runtime: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// What was found.
    pub found: String,
    /// What to do, if something is wrong.
    pub remedy: Option<String>,
    /// Whether searching works without it.
    pub optional: bool,
}

/// Runs the command; fails if something needed does not work.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let home = Home::locate(args.home.clone()).context("no home folder is known; set MAXSIMD_HOME")?;
    let checks = checks(&gather(&home, args.runtime.clone()));
    let broken = checks.iter().any(|check| check.remedy.is_some() && !check.optional);
    let mut out = stdout();
    if args.json {
        writeln!(out, "{}", serde_json::json!({ "ok": !broken, "checks": checks }))?;
    } else {
        for check in &checks {
            let state = if check.remedy.is_some() { "problem" } else { "ok" };
            writeln!(out, "{state:<8} {:<10} {}", check.name, check.found)?;
            if let Some(remedy) = &check.remedy {
                writeln!(out, "{:19} {remedy}", "")?;
            }
        }
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What the facts mean.
pub fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![
        passed("home", facts.home.display().to_string()),
        passed("cpu", format!("{} cores, {}", facts.cores, features(&facts.cpu_features))),
        runtime(facts),
    ];
    checks.extend(facts.models.iter().map(model));
    if facts.models.is_empty() {
        checks.push(failed("model", "none".to_owned(), "`maxsim models pull` fetches the default", false));
    }
    if let Some(encoding) = &facts.encoding {
        checks.push(match encoding {
            Ok(encoding) => {
                let Encoding { model, token_vectors, milliseconds } = encoding;
                passed("encode", format!("{model}: {token_vectors} token vectors in {milliseconds:.1} ms"))
            }
            Err(error) => failed("encode", error.clone(), "`maxsim models verify`, then `maxsim models pull`", false),
        });
    }
    checks.push(match &facts.pip {
        Ok(version) => passed("pip", version.clone()),
        Err(error) => {
            let remedy = "needed by `maxsim models pull` alone: install python3 with pip, or use --from DIR";
            failed("pip", error.clone(), remedy, true)
        }
    });
    checks
}

fn runtime(facts: &Facts) -> Check {
    let source = if facts.runtime_given { "from ORT_DYLIB_PATH" } else { "pulled" };
    match &facts.runtime {
        Ok(build) => passed("runtime", format!("{} ({source}): {build}", facts.library.display())),
        Err(error) if facts.runtime_given => {
            let remedy = "correct ORT_DYLIB_PATH, or unset it to use the pulled library";
            failed("runtime", error.clone(), remedy, false)
        }
        Err(error) => failed("runtime", error.clone(), "`maxsim models pull` fetches the library", false),
    }
}

fn model(model: &Model) -> Check {
    match &model.fingerprint {
        Ok(fingerprint) => passed("model", format!("{}, fingerprint {fingerprint}", model.name)),
        Err(error) => {
            failed("model", format!("{}: {error}", model.name), "`maxsim models verify` says which file is wrong", true)
        }
    }
}

fn features(found: &[&str]) -> String {
    if found.is_empty() { "no SIMD beyond the baseline".to_owned() } else { found.join(" ") }
}

fn passed(name: &'static str, found: String) -> Check {
    Check { name, found, remedy: None, optional: false }
}

fn failed(name: &'static str, found: String, remedy: &str, optional: bool) -> Check {
    Check { name, found, remedy: Some(remedy.to_owned()), optional }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Facts {
        Facts {
            home: PathBuf::from("/home/u/.cache/maxsimd"),
            cores: 2,
            cpu_features: vec!["avx2"],
            library: PathBuf::from("/r/libonnxruntime.so"),
            runtime_given: false,
            runtime: Ok("1.31.1".to_owned()),
            models: vec![Model { name: "m".to_owned(), fingerprint: Ok("abc".to_owned()) }],
            encoding: Some(Ok(Encoding { model: "m".to_owned(), token_vectors: 12, milliseconds: 7.0 })),
            pip: Ok("pip 24".to_owned()),
        }
    }

    fn problems(facts: &Facts) -> Vec<&'static str> {
        checks(facts).into_iter().filter(|c| c.remedy.is_some()).map(|c| c.name).collect()
    }

    #[test]
    fn a_healthy_machine_has_no_problems() {
        assert_eq!(problems(&healthy()), Vec::<&str>::new());
    }

    #[test]
    fn an_absent_pip_is_told_but_is_not_needed() {
        let facts = Facts { pip: Err("python3 not found".to_owned()), ..healthy() };
        let check = checks(&facts).into_iter().find(|c| c.name == "pip").unwrap();
        assert!(check.optional && check.remedy.is_some());
    }

    #[test]
    fn a_wrong_ort_dylib_path_is_told_apart_from_an_absent_library() {
        let absent = Facts { runtime: Err("absent".to_owned()), encoding: None, ..healthy() };
        let wrong = Facts { runtime_given: true, ..absent.clone() };
        let remedy = |facts: &Facts| checks(facts).into_iter().find(|c| c.name == "runtime").unwrap().remedy.unwrap();
        assert!(remedy(&absent).contains("models pull"));
        assert!(remedy(&wrong).contains("ORT_DYLIB_PATH"));
    }

    #[test]
    fn no_model_at_all_is_a_problem() {
        assert_eq!(problems(&Facts { models: Vec::new(), ..healthy() }), ["model"]);
    }
}
