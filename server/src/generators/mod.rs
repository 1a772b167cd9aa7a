//! The generators of a daemon or a tool: which there are, and which one an answer is written by.

mod flags;

pub use flags::{GeneratorFlags, GeneratorFlagsError};

use std::sync::Arc;

use maxsimd_engine::answer::Writer;
use maxsimd_engine::generate::Generator;
use maxsimd_engine::generate::openai::OpenAi;

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
}

/// What was picked for an answer.
#[derive(Debug, Clone)]
pub enum Picked {
    /// Quotes.
    Quote,
    /// A generator.
    Generator(Arc<dyn Generator>),
    /// There is none of the kind.
    Missing(&'static str),
}

impl Generators {
    /// The generator of a kind.
    pub fn pick(&self, kind: GeneratorKind) -> Picked {
        let openai = self.openai.clone().map(|openai| openai as Arc<dyn Generator>);
        match kind {
            GeneratorKind::Auto if self.preferred != GeneratorKind::Auto => self.pick(self.preferred),
            GeneratorKind::Auto => openai.map_or(Picked::Quote, Picked::Generator),
            GeneratorKind::Quote => Picked::Quote,
            GeneratorKind::Managed => Picked::Missing("there is no generator of this machine yet"),
            GeneratorKind::Openai => openai.map_or(
                Picked::Missing("no model server is named; --generator-url and --generator-model name one"),
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
