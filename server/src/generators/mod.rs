//! The generators of a daemon or a tool: which there are, and which one an answer is written by.

mod flags;
pub mod managed;

pub use flags::{GeneratorFlags, GeneratorFlagsError};

use std::sync::Arc;

use maxsimd_engine::answer::Writer;
use maxsimd_engine::generate::Generator;
use maxsimd_engine::generate::openai::OpenAi;

use managed::{Managed, ManagedError, ManagedSettings};

use crate::home::Home;

/// What writes answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum GeneratorKind {
    /// The model server that was named, else quotes
    #[default]
    Auto,
    /// Sentences of the documents, no language model
    Quote,
    /// A small model on this machine
    Managed,
    /// A model server that speaks OpenAI's protocol
    Openai,
}

impl GeneratorKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Quote, Self::Managed, Self::Openai];

    /// Name in commands and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Quote => "quote",
            Self::Managed => "managed",
            Self::Openai => "openai",
        }
    }
}

/// The generators that there are.
#[derive(Debug, Clone, Default)]
pub struct Generators {
    /// What `auto` stands for.
    pub preferred: GeneratorKind,
    /// A model server.
    pub openai: Option<Arc<OpenAi>>,
    /// The model of this machine.
    pub managed: Managing,
}

/// Whether there is a model of this machine.
#[derive(Debug, Clone, Default)]
pub enum Managing {
    /// Nobody looked for it.
    #[default]
    Off,
    /// It is started when it is first asked.
    There(Arc<Managed>),
    /// Why there is none.
    Missing(Arc<ManagedError>),
}

impl Managing {
    /// Looks for a server on this machine's `PATH` and among the assets, and for a model: a file, else the pulled one.
    pub fn find(home: &Home, model: Option<std::path::PathBuf>) -> Self {
        let found = ManagedSettings::find(home, std::env::var_os("PATH").as_deref(), model);
        match found.and_then(Managed::new) {
            Ok(managed) => Self::There(Arc::new(managed)),
            Err(error) => Self::Missing(Arc::new(error)),
        }
    }

    fn pick(&self) -> Picked {
        match self {
            Self::Off => Picked::Missing("this program runs without a model of its own".to_owned()),
            Self::There(managed) => Picked::Generator(Arc::clone(managed) as Arc<dyn Generator>),
            Self::Missing(error) => Picked::Missing(error.to_string()),
        }
    }
}

/// What was picked for an answer.
#[derive(Debug, Clone)]
pub enum Picked {
    /// Quotes.
    Quote,
    /// A generator.
    Generator(Arc<dyn Generator>),
    /// There is none of the kind.
    Missing(String),
}

impl Generators {
    /// The generator of a kind.
    pub fn pick(&self, kind: GeneratorKind) -> Picked {
        let openai = self.openai.clone().map(|openai| openai as Arc<dyn Generator>);
        match kind {
            GeneratorKind::Auto if self.preferred != GeneratorKind::Auto => self.pick(self.preferred),
            GeneratorKind::Auto => openai.map_or(Picked::Quote, Picked::Generator),
            GeneratorKind::Quote => Picked::Quote,
            GeneratorKind::Managed => self.managed.pick(),
            GeneratorKind::Openai => openai.map_or_else(
                || {
                    let unnamed = "no model server is named; --generator-url and --generator-model name one";
                    Picked::Missing(unnamed.to_owned())
                },
                Picked::Generator,
            ),
        }
    }
}

impl Picked {
    /// The same for an answer.
    pub fn writer(&self) -> Writer<'_> {
        match self {
            Self::Quote => Writer::Quote,
            Self::Generator(generator) => Writer::Generator(&**generator),
            Self::Missing(reason) => Writer::Missing { reason },
        }
    }
}
