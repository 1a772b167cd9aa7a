//! `answer`: a short answer whose sentences are cited, or that there is none.

use std::fmt;

use maxsimd_engine::answer::{MAX_QUESTION_BYTES, Path};
use maxsimd_engine::techniques;
use maxsimd_server::wire::{AnswerBody, AnswerReply, CitationBody, DecisionBody, Free, List, marked};
use rmcp::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::Tool;
use crate::mcp::quoted::{NOTE, Room, id, line, quote, seen};
use crate::mcp::refusal::Refusal;
use crate::mcp::{Daemon, schema};

/// Bytes of an answer and of all its quotes.
const ROOM: usize = 24_000;
/// Passages that are named where there is no answer.
const NEAREST: usize = 3;
/// Remarks of the daemon that are passed on.
const REMARKS: usize = 8;

/// A short answer whose sentences are cited, or that there is none.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// The question, as a whole sentence that can be understood on its own
    #[schemars(length(min = 1, max = MAX_QUESTION_BYTES))]
    question: String,
    /// Collection to answer from; may be left out where there is one or one is preset
    collection: Option<String>,
    /// How evidence is found. `auto` is right for most questions: it tells those that take several steps from others.
    /// `decomposition` asks in steps, `multi_query` and `rag_fusion` in other words, `plain` once
    #[serde(default = "auto")]
    #[schemars(schema_with = "schema::technique")]
    technique: String,
    /// Only from documents whose metadata matches, e.g. year >= 2020 and lang in ("en", "de") and not draft. The tool
    /// `collections` lists the fields
    filter: Option<String>,
}

/// An answer, or that there is none.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Answered {
    /// How the texts are meant
    note: &'static str,
    /// The collection that was asked
    collection: String,
    /// Whether nothing in the collection seems to answer the question
    abstained: bool,
    /// The answer, with numbers of citations behind what they support; empty if there is none
    answer: String,
    /// `quoted`: sentences of the documents; `generated`: written by a language model and checked against them;
    /// `abstained`
    #[schemars(schema_with = "paths")]
    path: Path,
    /// Probability that this answers the question, or that something in the collection does
    confidence: f64,
    /// The probability that is asked for
    threshold: f64,
    /// Where the answer is from
    citations: Vec<Citation>,
    /// Where there is no answer: the passages nearest to the question
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nearest: Vec<Nearest>,
    /// What was done otherwise than asked for, and what was left out
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

/// Where a part of an answer is from.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct Citation {
    /// As in the answer, from 1
    number: usize,
    /// Id of the document, for `fetch` and for citing
    document_id: String,
    /// Id of the passage
    passage_id: String,
    /// What stands there
    quote: String,
    /// First byte of the quote in the document
    start: usize,
    /// Byte after its last
    end: usize,
    /// How much of that part of the answer the passage supports, from 0 to 1
    support: f64,
}

/// A passage that may be worth reading although it does not answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct Nearest {
    /// Id of the document
    document_id: String,
    /// First byte of the passage
    start: u64,
}

fn paths(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": [Path::Quoted, Path::Generated, Path::Abstained]})
}

fn auto() -> String {
    techniques::AUTO.to_owned()
}

impl Tool for Answer {
    const NAME: &'static str = "answer";
    const TITLE: &'static str = "Answer from documents";
    const DESCRIPTION: &'static str = "\
Answer a question from the user's documents: a few sentences, each with the number of the citation that supports it, or \
the statement that nothing in the collection seems to answer it, which is to be passed on rather than filled in from \
elsewhere. For evidence to reason about, or for more than a short answer, use `search`.";
    // A daemon may be told to ask a language model elsewhere, or a search of the web.
    const OPEN: bool = true;
    type Reply = Answered;

    async fn call(self, daemon: &Daemon) -> Result<Answered, Refusal> {
        let mut client = daemon.client();
        let collection = daemon.collection(&mut client, self.collection).await?;
        let filter = self.filter.map(|filter| to_raw_value(&filter)).transpose();
        let filter =
            filter.map_err(|error| Refusal::Arguments { path: "filter".to_owned(), reason: error.to_string() })?;
        let question = AnswerBody {
            question: Some(self.question.into()),
            collections: Some(List(vec![collection.as_str().into()])),
            technique: Some(self.technique.into()),
            filter: filter.as_deref().map(Free),
            ..AnswerBody::default()
        };
        let reply = client.answer(&question).await.map_err(|error| daemon.refusal(error))?;
        Ok(Answered::new(line(&collection), reply))
    }
}

impl Answered {
    fn new(collection: String, reply: AnswerReply) -> Self {
        let DecisionBody { confidence, threshold, path, .. } = reply.decision;
        let mut room = Room(ROOM);
        let numbers =
            (1..).zip(&reply.citations).map(|(number, citation)| (citation.answer_end, format!(" [{number}]")));
        let strange = reply.unsupported.iter().map(|[_, end]| (*end, " [unsupported]".to_owned()));
        let answer = marked(&reply.answer, numbers.chain(strange).collect());
        let (answer, cut) = room.take(&answer, ROOM);
        let answer = seen(answer);
        let all = reply.citations.len();
        let citations =
            (1..).zip(reply.citations).map_while(|(number, citation)| Citation::new(number, citation, &mut room));
        let citations: Vec<Citation> = citations.collect();
        let cut = (cut || citations.len() < all).then(|| "what did not fit into this reply was left out".to_owned());
        let degraded = reply.degraded.iter().take(REMARKS);
        let degraded = degraded.map(|lesser| line(&format!("{} instead, because {}", lesser.fallback, lesser.detail)));
        let near =
            reply.contexts.into_iter().filter(|_| reply.abstained).filter_map(|context| {
                Some(Nearest { document_id: context.hit.document_id?, start: context.hit.start })
            });
        Self {
            note: NOTE,
            collection,
            abstained: reply.abstained,
            answer,
            path: path.0,
            confidence,
            threshold,
            nearest: near.take(NEAREST).collect(),
            citations,
            remarks: degraded.chain(cut).collect(),
        }
    }
}

impl Citation {
    /// `None` if there is no room for a part of its quote.
    fn new(number: usize, citation: CitationBody, room: &mut Room) -> Option<Self> {
        let (shown, cut) = room.take(&citation.quote, ROOM);
        if shown.is_empty() && cut {
            return None;
        }
        let CitationBody { document_id, passage_id, start, end, support, .. } = citation;
        Some(Self { number, document_id, passage_id, quote: seen(shown), start, end, support })
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |probability: f64| 100.0 * probability;
        let (collection, sure) = (&self.collection, percent(self.confidence));
        if self.abstained {
            let asked = percent(self.threshold);
            writeln!(
                f,
                "Nothing in collection {collection} seems to answer that ({sure:.0} % sure that something does, {asked:.0} % \
                 are asked for). Say so, rather than answering from elsewhere as if it were from there."
            )?;
        } else {
            let by = match self.path {
                Path::Generated => "written by a language model and checked against the documents",
                _ => "in the documents' own sentences",
            };
            writeln!(
                f,
                "Answer from collection {collection}, {by}; {sure:.0} % sure that it answers the question. {NOTE}\n"
            )?;
            f.write_str(&quote(&self.answer))?;
        }
        for Citation { number, document_id, start, end, quote: text, .. } in &self.citations {
            writeln!(f, "\n[{number}] document {}, bytes {start} to {end}", id(document_id))?;
            f.write_str(&quote(text))?;
        }
        for Nearest { document_id, start } in &self.nearest {
            writeln!(f, "Nearest: document {} from byte {start}", id(document_id))?;
        }
        self.remarks.iter().try_for_each(|remark| writeln!(f, "Note: {remark}."))
    }
}
