//! What techniques there are.

use maxsimd_engine::techniques::{self, Described, Technique};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::compact::compact;
use super::text::Free;

compact! {
    /// All techniques.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct TechniquesBody {
        /// What `auto` stands for.
        pub auto: String,
        /// In the order of the course.
        pub techniques: Vec<TechniqueBody>,
    }
}

compact! {
    /// One technique.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct TechniqueBody {
        /// Name.
        pub name: String,
        /// What it does.
        pub what: String,
        /// Where it is from.
        pub source: String,
        /// Whether it can think with a generator.
        pub thinks: bool,
        /// What collections have to have for it.
        pub needs: String,
        /// What requests may set of it.
        pub knobs: Free<Value>,
        /// Values of its knobs.
        pub defaults: Free<Value>,
    }
}

impl TechniquesBody {
    /// All there are.
    pub fn all() -> Self {
        let techniques = techniques::all().map(TechniqueBody::of).collect();
        Self { auto: Technique::default().name().to_owned(), techniques }
    }
}

impl TechniqueBody {
    fn of(Described { about, defaults }: Described) -> Self {
        Self {
            name: about.name.to_owned(),
            what: about.what.to_owned(),
            source: about.source.to_owned(),
            thinks: about.thinks,
            needs: about.needs.to_owned(),
            knobs: Free(json!(about.knobs)),
            defaults: Free(defaults),
        }
    }
}
