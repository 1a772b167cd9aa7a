//! Flags and environment to generators.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use maxsimd_engine::generate::openai::{OpenAi, OpenAiSettings, Secret};

use super::{GeneratorKind, Generators, Managing};
use crate::home::Home;

/// Largest file of a key.
const MOST_KEY: usize = 4096;

/// Which generators there are.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct GeneratorFlags {
    /// What writes answers
    #[arg(long, value_enum, value_name = "KIND", env = "MAXSIMD_GENERATOR", default_value = "auto")]
    pub generator: GeneratorKind,
    /// A server that speaks OpenAI's protocol (vLLM, llama.cpp, Ollama, a hosted one), e.g. http://127.0.0.1:11434/v1
    #[arg(long, value_name = "URL", env = "MAXSIMD_GENERATOR_URL")]
    pub generator_url: Option<String>,
    /// Name of its model
    #[arg(long, value_name = "NAME", env = "MAXSIMD_GENERATOR_MODEL")]
    pub generator_model: Option<String>,
    /// File with the key that it asks for [default: what MAXSIMD_GENERATOR_KEY or OPENAI_API_KEY holds]
    #[arg(long, value_name = "FILE", env = "MAXSIMD_GENERATOR_KEY_FILE")]
    pub generator_key_file: Option<PathBuf>,
    /// Model for the generator of this machine, a GGUF file [default: the small one that `maxsim models pull generation`
    /// fetches]
    #[arg(long, value_name = "FILE", env = "MAXSIMD_GENERATOR_GGUF")]
    pub generator_gguf: Option<PathBuf>,
    /// Seconds in which a model server may say nothing
    #[arg(long, value_name = "N", env = "MAXSIMD_GENERATOR_SILENCE", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub generator_silence: u64,
}

/// Why flags make no generator.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorFlagsError {
    /// The address cannot be used.
    #[error("--generator-url is no address such as http://127.0.0.1:11434/v1, without a user or a space in it")]
    Url,
    /// A server has several.
    #[error("--generator-url names a server; --generator-model names which of its models writes")]
    NoModel,
    /// The key's file cannot be read.
    #[error("{}: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl GeneratorFlags {
    /// The generators; nothing is asked or started yet.
    pub fn open(&self, home: &Home) -> Result<Generators, GeneratorFlagsError> {
        let openai = match (&self.generator_url, &self.generator_model) {
            (Some(url), Some(model)) => Some(Arc::new(OpenAi::new(self.settings(url, model)?))),
            (Some(_), None) => return Err(GeneratorFlagsError::NoModel),
            (None, _) => None,
        };
        let managed = Managing::find(home, self.generator_gguf.clone());
        Ok(Generators { preferred: self.generator, openai, managed })
    }

    fn settings(&self, url: &str, model: &str) -> Result<OpenAiSettings, GeneratorFlagsError> {
        let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace) || host.contains('@')) {
            return Err(GeneratorFlagsError::Url);
        }
        let silence = Duration::from_secs(self.generator_silence);
        Ok(OpenAiSettings { key: self.key()?, silence, ..OpenAiSettings::new("openai", url, model) })
    }

    fn key(&self) -> Result<Option<Secret>, GeneratorFlagsError> {
        let text = match &self.generator_key_file {
            Some(path) => Some(read(path)?),
            None => ["MAXSIMD_GENERATOR_KEY", "OPENAI_API_KEY"].iter().find_map(|name| std::env::var(name).ok()),
        };
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).map(Secret::new))
    }
}

fn read(path: &Path) -> Result<String, GeneratorFlagsError> {
    let refuse = |reason: String| GeneratorFlagsError::Key { path: path.to_path_buf(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    if text.len() > MOST_KEY || text.trim().contains(char::is_whitespace) {
        return Err(refuse("holds no key: one word is expected".to_owned()));
    }
    Ok(text)
}
