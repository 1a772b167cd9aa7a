//! The layouts of all bodies as text, made of the types themselves: `PROTOCOL.md` has to say the same.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::wire::input::Input;
use crate::wire::list::List;
use crate::wire::text::{Free, Named, Text};
use crate::wire::vectors::{OwnVectors, Vectors};
use crate::wire::whole::Whole;

/// What a type is called in layouts; structs say what they are made of, too.
pub(in crate::wire) trait Layout {
    fn name(all: &mut Layouts) -> String;
}

/// Structs and their fields, in the order in which they were first named.
#[derive(Debug, Default)]
pub(in crate::wire) struct Layouts {
    order: Vec<&'static str>,
    fields: BTreeMap<&'static str, Vec<(&'static str, String)>>,
}

impl Layouts {
    pub(in crate::wire) fn structure(
        &mut self,
        name: &'static str,
        fields: impl FnOnce(&mut Self) -> Vec<(&'static str, String)>,
    ) -> String {
        if !self.order.contains(&name) {
            self.order.push(name);
            let fields = fields(self);
            self.fields.insert(name, fields);
        }
        name.to_owned()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for name in &self.order {
            let _ = writeln!(text, "{name}");
            for (field, kind) in &self.fields[name] {
                let _ = writeln!(text, "  {field:<20} {kind}");
            }
        }
        text
    }
}

macro_rules! called {
    ($($type:ty = $name:literal),* $(,)?) => {
        $(impl Layout for $type {
            fn name(_: &mut Layouts) -> String {
                $name.to_owned()
            }
        })*
    };
}

called!(
    bool = "bool",
    u32 = "uint",
    u64 = "uint",
    usize = "uint",
    f32 = "f32",
    f64 = "f64",
    String = "text",
    Text<'_> = "text",
    OwnVectors = "vectors",
    [u64; 2] = "pair",
    [usize; 2] = "pair",
);

impl<T> Layout for Free<T> {
    fn name(_: &mut Layouts) -> String {
        "json".to_owned()
    }
}

impl<T> Layout for Named<T> {
    fn name(_: &mut Layouts) -> String {
        "text".to_owned()
    }
}

impl<const MIN: u64, const MAX: u64> Layout for Whole<MIN, MAX> {
    fn name(_: &mut Layouts) -> String {
        "uint".to_owned()
    }
}

impl<const MAX: usize> Layout for Vectors<'_, MAX> {
    fn name(_: &mut Layouts) -> String {
        "vectors".to_owned()
    }
}

impl<const MAX: usize> Layout for Input<MAX> {
    fn name(_: &mut Layouts) -> String {
        "list text".to_owned()
    }
}

impl<T: Layout> Layout for Option<T> {
    fn name(all: &mut Layouts) -> String {
        format!("option {}", T::name(all))
    }
}

impl<T: Layout> Layout for Vec<T> {
    fn name(all: &mut Layouts) -> String {
        format!("list {}", T::name(all))
    }
}

impl<T: Layout, const MAX: usize> Layout for List<T, MAX> {
    fn name(all: &mut Layouts) -> String {
        format!("list {}", T::name(all))
    }
}

/// What each route takes and gives.
macro_rules! routes {
    ($($route:literal $($body:ty)? $(=> $reply:ty)?;)*) => {
        fn routes(all: &mut Layouts) -> String {
            let mut text = String::new();
            $(
                let body: [String; _] = [$(<$body as Layout>::name(all))?];
                let reply: [String; _] = [$(<$reply as Layout>::name(all))?];
                let (body, reply) = (body.concat(), reply.concat());
                let line = format!("{:<46} {body:<13} {reply}", $route);
                let _ = writeln!(text, "{}", line.trim_end());
            )*
            text
        }
    };
}

use crate::wire;

routes! {
    "POST   /v1/collections/{c}/search" wire::SearchBody<'_> => wire::SearchAnswer;
    "GET    /v1/collections" => wire::CollectionsBody;
    "POST   /v1/collections" wire::CreateBody<'_> => wire::CollectionBody;
    "GET    /v1/collections/{c}" => wire::CollectionBody;
    "DELETE /v1/collections/{c}";
    "POST   /v1/collections/{c}/compact" => wire::CollectionBody;
    "PUT    /v1/collections/{c}/documents" wire::UpsertBody<'_> => wire::ChangeAnswer;
    "DELETE /v1/collections/{c}/documents" wire::DeleteBody<'_> => wire::ChangeAnswer;
    "GET    /v1/collections/{c}/documents/{id}" => wire::DocumentAnswer;
    "GET    /v1/operations/{id}" => wire::OperationAnswer;
    "GET    /v1/collections/{c}/tree" => wire::LayersBody;
    "GET    /v1/collections/{c}/tree?document=ID" => wire::TreeBody;
    "POST   /v1/encode" wire::EncodeBody => wire::EncodeReply;
    "POST   /v1/answer" wire::AnswerBody<'_> => wire::AnswerReply;
    "POST   /v1/route" wire::RouteBody<'_> => wire::RouteReply;
    "GET    /v1/techniques" => wire::TechniquesBody;
    "POST   /v1/filters/parse" wire::FilterBody<'_> => wire::FilterAnswer;
    "GET    /v1/aliases" => wire::AliasesBody;
    "PUT    /v1/aliases/{a}" wire::AliasSetBody<'_> => wire::AliasBody;
    "DELETE /v1/aliases/{a}";
    "GET    /livez" => wire::LiveBody;
    "GET    /readyz" => wire::ReadyBody;
    "GET    /version" => wire::VersionBody;
    "a problem" => wire::ProblemBody;
}

#[test]
fn the_protocol_says_how_every_body_is_laid_out() {
    let mut all = Layouts::default();
    let text = format!("{}\n{}", routes(&mut all), all.text());
    let protocol = include_str!("../../../PROTOCOL.md");
    assert!(protocol.contains(&text), "PROTOCOL.md does not say:\n{text}");
}
