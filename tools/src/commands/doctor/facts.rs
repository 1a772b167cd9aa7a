//! What `doctor` looks at: gathered here, judged beside.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use maxsimd_engine::Context;
use maxsimd_engine::encode::{Encoder, OnnxEncoder, Runtime};
use maxsimd_server::home::{DEFAULT_MODEL, Home};

/// What was found on this machine.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The asset folder.
    pub home: PathBuf,
    /// Threads that run at a time.
    pub cores: usize,
    /// CPU features that kernels know of.
    pub cpu_features: Vec<&'static str>,
    /// The ONNX Runtime library that is used.
    pub library: PathBuf,
    /// Whether `ORT_DYLIB_PATH` named it.
    pub runtime_given: bool,
    /// Its build, or why it cannot be loaded.
    pub runtime: Result<String, String>,
    /// Models in the asset folder, by name.
    pub models: Vec<Model>,
    /// A sentence encoded, if there is a runtime and a model.
    pub encoding: Option<Result<Encoding, String>>,
    /// Version of pip, or what is missing.
    pub pip: Result<String, String>,
}

/// A model in the asset folder.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name of its folder.
    pub name: String,
    /// Its fingerprint, or why it cannot be opened.
    pub fingerprint: Result<String, String>,
}

/// One sentence encoded.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// Name of the model.
    pub model: String,
    /// Token vectors of the sentence.
    pub token_vectors: usize,
    /// How long it took.
    pub milliseconds: f64,
}

/// Looks at this machine; `ort_dylib_path` is the value of that variable.
pub fn gather(home: &Home, ort_dylib_path: Option<PathBuf>) -> Facts {
    let ort_dylib_path = ort_dylib_path.filter(|path| !path.as_os_str().is_empty());
    let runtime_given = ort_dylib_path.is_some();
    let library = home.library(ort_dylib_path);
    let runtime = Runtime::load(&library).map_err(|error| error.to_string());
    let encoders = model_names(home).into_iter().map(|name| {
        let encoder = runtime.as_ref().map_err(|_| "no ONNX Runtime to open it with".to_owned());
        let encoder = encoder
            .and_then(|runtime| OnnxEncoder::open(runtime, &home.model(&name), 1).map_err(|error| error.to_string()));
        (name, encoder)
    });
    let encoders: Vec<_> = encoders.collect();
    let default = encoders.iter().find(|(name, _)| name == DEFAULT_MODEL).or(encoders.first());
    let encoding = default.map(|(_, encoder)| encode(encoder.as_ref().map_err(String::clone)?));
    let models = encoders.iter().map(|(name, encoder)| Model {
        name: name.clone(),
        fingerprint: encoder.as_ref().map(|encoder| encoder.fingerprint().0.clone()).map_err(String::clone),
    });
    Facts {
        home: home.root().to_path_buf(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        cpu_features: cpu_features(),
        library,
        runtime_given,
        runtime: runtime.as_ref().map(build).map_err(String::clone),
        models: models.collect(),
        encoding,
        pip: pip(),
    }
}

fn build(runtime: &Runtime) -> String {
    // The rest is compiler flags.
    runtime.build_info().split(", cmake").next().unwrap_or_default().trim_start_matches("ORT Build Info: ").to_owned()
}

/// Folders of models; those pulled from a hub stand one below, in the folder of their organisation.
fn model_names(home: &Home) -> Vec<String> {
    let models = home.root().join("models");
    let is_model = |name: &str| models.join(name).join("tokenizer.json").is_file();
    let names = folder_names(&models).into_iter().flat_map(|name| {
        let below = folder_names(&models.join(&name)).into_iter().map(|below| format!("{name}/{below}"));
        let pulled: Vec<String> = below.filter(|below| is_model(below)).collect();
        if pulled.is_empty() || is_model(&name) { vec![name] } else { pulled }
    });
    names.collect()
}

fn folder_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| Path::is_dir(&entry.path()));
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

fn encode(encoder: &OnnxEncoder) -> Result<Encoding, String> {
    let start = Instant::now();
    let sentence = "late interaction keeps one vector for each token of a text";
    let queries = encoder.encode_queries(&Context::unbounded(), &[sentence]).map_err(|error| error.to_string())?;
    Ok(Encoding {
        model: encoder.name().to_owned(),
        token_vectors: queries.iter().map(|query| query.vectors.rows()).sum(),
        milliseconds: start.elapsed().as_secs_f64() * 1000.0,
    })
}

fn pip() -> Result<String, String> {
    let output = Command::new("python3").args(["-m", "pip", "--version"]).output();
    let output = output.map_err(|error| format!("python3: {error}"))?;
    if !output.status.success() {
        return Err("python3 has no pip".to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<&'static str> {
    let found = [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512vnni", std::is_x86_feature_detected!("avx512vnni")),
    ];
    found.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn cpu_features() -> Vec<&'static str> {
    let found = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
    ];
    found.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn cpu_features() -> Vec<&'static str> {
    Vec::new()
}
