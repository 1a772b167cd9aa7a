//! A language model on this machine: a llama.cpp server that is started as a child when first needed, watched, started
//! again, and stopped. It listens on loopback, with a key of its own, and never outlives this process.
//!
//! # Layout
//!
//! `settings` say what is run and find it, `process` starts it, `enter` is its first moment in its own process, `watch`
//! lives as long as the generator and waits for the child, `state` is what calls and the watch tell each other, `output`
//! keeps what the child said last.

mod enter;
mod error;
mod output;
mod process;
mod settings;
mod state;
mod watch;

use std::sync::Arc;
use std::thread::JoinHandle;

use maxsimd_engine::Context;
use maxsimd_engine::generate::openai::OpenAi;
use maxsimd_engine::generate::{Choice, Generator, GeneratorError, Prompt, Written};

pub use enter::enter;
pub use error::ManagedError;
pub use settings::{ManagedSettings, Program};

use self::state::Shared;

/// A model in a child process.
#[derive(Debug)]
pub struct Managed {
    name: String,
    thinks: bool,
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
}

impl Managed {
    /// A model; nothing is started before it is needed.
    pub fn new(settings: ManagedSettings) -> Result<Self, ManagedError> {
        if !cfg!(target_os = "linux") {
            return Err(ManagedError::Platform);
        }
        if !settings.model.is_file() {
            return Err(ManagedError::NoModel { path: settings.model });
        }
        let name = format!("{}:{}", settings::KIND, settings.name);
        // The pulled one is too small for it (benches/TECHNIQUES.md); of another one its owner knows.
        let thinks = settings.own;
        let shared = Arc::new(Shared::default());
        let watched = Arc::clone(&shared);
        let watch = std::thread::Builder::new()
            .name("generator".to_owned())
            .spawn(move || watch::watch(&settings, &watched))
            .map_err(|source| ManagedError::Thread { source })?;
        Ok(Self { name, thinks, shared, watch: Some(watch) })
    }

    /// Starts the child now, so that the first call need not wait for it; waits for nothing itself.
    pub fn warm(&self) {
        self.shared.want();
    }

    /// Whether a call would be answered at once.
    pub fn is_ready(&self) -> bool {
        self.shared.is_ready()
    }

    fn ask<T>(
        &self,
        context: &Context,
        mut ask: impl FnMut(&OpenAi) -> Result<T, GeneratorError>,
    ) -> Result<T, GeneratorError> {
        let client = self.shared.client(context)?;
        let asked = match ask(&client) {
            // It died, most likely since the last call; if it died of this one, the next does so, too, and that is all.
            Err(GeneratorError::Unreachable { .. }) if !self.shared.is_current(&client) => {
                ask(&*self.shared.client(context)?)
            }
            asked => asked,
        };
        match &asked {
            Ok(_) => self.shared.answered(),
            // It lives, and does not work: the next one may. Whoever waits while others are answered hears nothing either.
            Err(GeneratorError::Silent { after }) if self.shared.is_current(&client) => self.shared.kill_silent(*after),
            Err(_) => {}
        }
        asked
    }
}

impl Generator for Managed {
    fn name(&self) -> &str {
        &self.name
    }

    fn thinks(&self) -> bool {
        self.thinks
    }

    fn write(&self, context: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        let mut heard = |piece: &str| {
            self.shared.heard();
            tell(piece);
        };
        self.ask(context, |client| client.write(context, prompt, &mut heard))
    }

    fn choose(&self, context: &Context, prompt: &Prompt, labels: &[&str]) -> Result<Choice, GeneratorError> {
        self.ask(context, |client| client.choose(context, prompt, labels))
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(watch) = self.watch.take() {
            // It ends with the child; a panic in it has nobody left to concern.
            let _ = watch.join();
        }
    }
}
