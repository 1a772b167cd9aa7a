//! Chat completions as clients of OpenAI speak them: a model named `maxsimd/TECHNIQUE@COLLECTION` answers from collections.

use std::borrow::Cow;

use maxsimd_engine::answer::{Answer, AnswerRequest, Detail, MAX_HISTORY};
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::generate::{Message, Role};
use maxsimd_engine::techniques::Technique;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::openapi::{RefOr, Schema, Type};

use super::answer::{self, AnswerAsk};
use super::answered::AnswerReply;
use super::lenient;
use super::list::List;
use super::schema::{Described, Schemas, any_of, described, plain};
use super::text::Text;
use crate::error::{Code, Problem};

/// Messages of a conversation; the last of them count.
const MOST_MESSAGES: usize = 1024;
/// Who may speak; of all but the first two, nothing is taken.
const ROLES: [&str; 6] = ["user", "assistant", "system", "developer", "tool", "function"];
/// Characters of an unknown model's name that are repeated.
const MOST_SHOWN: usize = 100;
/// What stands before a technique in a model's name.
const PREFIX: &str = "maxsimd/";
/// What is said where nothing is answered.
const ABSTAINED: &str = "Nothing in the collection seems to answer that.";

/// A conversation whose last turn is to be answered.
#[derive(Debug)]
pub struct ChatAsk {
    /// The model's name.
    pub model: String,
    /// The question.
    pub ask: AnswerAsk,
    /// Whether a stream ends with what it took.
    pub usage: bool,
}

described! {
    /// A conversation whose last turn is to be answered. Other fields, as of sampling, have no meaning here.
    #[derive(Deserialize)]
    pub struct ChatBody<'a> {
        /// `maxsimd/TECHNIQUE@COLLECTION`; several collections with commas between.
        #[serde(borrow)]
        model: Cow<'a, str> where |it| it.example(json!("maxsimd/auto@docs")),
        /// The last of them has to be the user's, and is what is looked for.
        messages: List<ChatTurn, MOST_MESSAGES> where |it| it.least(1),
        /// Whether it is told in chunks.
        #[serde(default)]
        stream: Option<bool>,
        /// How it is told in chunks.
        #[serde(default)]
        stream_options: Option<StreamOptions>,
    }
}

described! {
    /// How an answer is told in chunks.
    #[derive(Deserialize)]
    struct StreamOptions {
        /// Whether the last chunk says what it took.
        #[serde(default)]
        include_usage: Option<bool>,
    }
}

described! {
    /// What somebody said.
    #[derive(Deserialize)]
    struct ChatTurn {
        /// Who.
        role: String where |it| it.one_of(ROLES),
        /// What.
        #[serde(default)]
        content: Option<Content>,
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

described! {
    /// A part of what was said; only texts count.
    #[derive(Deserialize)]
    struct ContentPart {
        /// The text.
        #[serde(default)]
        text: Option<String>,
    }
}

impl Described for Content {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        any_of(vec![String::schema(all), Vec::<ContentPart>::schema(all)])
    }
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts.into_iter().filter_map(|part| part.text).collect::<Vec<_>>().join("\n"),
        }
    }
}

impl ChatAsk {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: ChatBody<'_> = lenient::parse(bytes)?;
        let model = body.model.into_owned();
        let (technique, collections) = answered_by(&model)?;
        let mut turns = turns(body.messages.0)?;
        let question = turns.pop().filter(|turn| turn.role == Role::User);
        let question = question.ok_or_else(|| Problem::field("messages", "the last message has to be the user's"))?;
        let question = answer::bounded("messages", question.content)?;
        turns.retain_mut(|turn| {
            // Of what was said before, the beginning does.
            turn.content.truncate(turn.content.floor_char_boundary(answer::MOST_TURN_BYTES));
            !turn.content.trim().is_empty()
        });
        let dropped = turns.len().saturating_sub(MAX_HISTORY);
        let request = AnswerRequest { history: turns.split_off(dropped), ..AnswerRequest::new(question) };
        let stream = body.stream.unwrap_or(false);
        let ask = AnswerAsk { technique, stream, trace: Detail::Summary, ..AnswerAsk::new(collections, request) };
        let usage = body.stream_options.and_then(|options| options.include_usage).unwrap_or(false);
        Ok(Self { model, ask, usage })
    }
}

/// The name of the model that answers from a collection by a technique.
pub fn model_name(technique: &str, collection: &str) -> String {
    format!("{PREFIX}{technique}@{collection}")
}

/// The technique and the collections behind a model's name.
pub fn answered_by(model: &str) -> Result<(Technique, Vec<CollectionName>), Problem> {
    let unknown = |why: &str| {
        let model: String = model.chars().take(MOST_SHOWN).collect();
        let detail =
            format!("model {model:?} {why}; models are named maxsimd/TECHNIQUE@COLLECTION, e.g. maxsimd/auto@docs");
        Problem::new(Code::ModelNotFound, detail).at("model")
    };
    let named = model.strip_prefix(PREFIX).ok_or_else(|| unknown("is none of this daemon"))?;
    let (technique, collections) = named.split_once('@').ok_or_else(|| unknown("names no collection"))?;
    let technique = Technique::named(technique, Map::new()).map_err(|error| unknown(&format!("cannot be: {error}")))?;
    // One more than may be named is enough to refuse them.
    let names = collections.splitn(answer::MOST_COLLECTIONS + 1, ',').map(Text::from);
    let collections = answer::collections(names);
    Ok((technique, collections.map_err(|problem| unknown(&format!("cannot be: {}", problem.detail)))?))
}

/// Turns of user and assistant; what a system message wants is not for documents to answer.
fn turns(messages: Vec<ChatTurn>) -> Result<Vec<Message>, Problem> {
    let mut turns = Vec::new();
    for (at, turn) in messages.into_iter().enumerate() {
        let role = match turn.role.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            other if ROLES.contains(&other) => continue,
            other => {
                return Err(Problem::field(format!("messages[{at}].role"), format!("{other:?} is no role")));
            }
        };
        turns.push(Message { role, content: turn.content.map(Content::text).unwrap_or_default() });
    }
    Ok(turns)
}

/// A reply, which is written whole or in chunks.
#[derive(Debug)]
pub struct ChatReply {
    id: String,
    created: u64,
    model: String,
}

described! {
    /// A chat completion, or a chunk of one.
    #[derive(Serialize)]
    pub struct Completion<'a> {
        /// Made of the request's.
        id: Cow<'a, str>,
        /// `chat.completion`, or `chat.completion.chunk`.
        object: &'static str,
        /// In seconds since 1970.
        created: u64,
        /// As it was asked for.
        model: Cow<'a, str>,
        /// One, with a message; of a chunk, with what is new of it.
        choices: Json where |it| it.instead(plain(Type::Array)),
        /// Tokens of a language model.
        #[serde(skip_serializing_if = "Option::is_none")]
        usage: Option<Json>,
        /// The whole answer, with its citations.
        #[serde(skip_serializing_if = "Option::is_none")]
        maxsimd: Option<AnswerReply>,
    }
}

impl ChatReply {
    /// A reply of a model to a request, begun at a second since 1970.
    pub fn new(request_id: &str, created: u64, model: String) -> Self {
        Self { id: format!("chatcmpl-{request_id}"), created, model }
    }

    /// The whole reply.
    pub fn whole(&self, answer: Answer) -> Json {
        let (usage, content) = (usage(&answer), content(&answer));
        let message = json!({"role": "assistant", "content": content, "refusal": null});
        let choices = json!([{"index": 0, "message": message, "finish_reason": "stop", "logprobs": null}]);
        let whole = Some(AnswerReply::new(answer, Detail::Summary));
        self.envelope("chat.completion", choices, Some(usage), whole)
    }

    /// The first chunk.
    pub fn first(&self) -> Json {
        self.chunk(json!({"role": "assistant", "content": ""}), None)
    }

    /// All others, with what it took if that is wanted.
    pub fn rest(&self, answer: Answer, with_usage: bool) -> Vec<Json> {
        let usage = usage(&answer);
        let mut chunks = vec![self.chunk(json!({"content": content(&answer)}), None)];
        let mut last = self.chunk(json!({}), Some("stop"));
        last["maxsimd"] = json!(AnswerReply::new(answer, Detail::Summary));
        chunks.push(last);
        chunks.extend(with_usage.then(|| self.envelope("chat.completion.chunk", json!([]), Some(usage), None)));
        chunks
    }

    fn chunk(&self, delta: Json, finish: Option<&str>) -> Json {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": null}]);
        self.envelope("chat.completion.chunk", choices, None, None)
    }

    fn envelope(&self, object: &'static str, choices: Json, usage: Option<Json>, maxsimd: Option<AnswerReply>) -> Json {
        let (id, created, model) = (self.id.as_str().into(), self.created, self.model.as_str().into());
        json!(Completion { id, object, created, model, choices, usage, maxsimd })
    }
}

fn usage(answer: &Answer) -> Json {
    let tokens = answer.usage.llm_tokens;
    json!({"prompt_tokens": tokens.prompt_tokens, "completion_tokens": tokens.completion_tokens,
        "total_tokens": answer.usage.tokens})
}

/// The answer with numbers of its citations, and these below it.
fn content(answer: &Answer) -> String {
    if answer.abstained {
        return ABSTAINED.to_owned();
    }
    let cited = answer.citations.iter().map(|citation| citation.answer_end);
    let cited = (1..).zip(cited).map(|(number, end)| (end, format!(" [{number}]")));
    let strange = answer.unsupported.iter().map(|[_, end]| (*end, " [unsupported]".to_owned()));
    let mut text = marked(&answer.answer, cited.chain(strange).collect());
    text.push('\n');
    for (number, citation) in (1..).zip(&answer.citations) {
        let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&format!("\n[{number}] {}: \"{quote}\"", citation.passage_id));
    }
    text
}

/// A text with marks behind some of its bytes.
pub fn marked(text: &str, mut marks: Vec<(usize, String)>) -> String {
    marks.sort_by_key(|(end, _)| *end);
    let (mut out, mut at) = (String::new(), 0);
    for (end, mark) in marks {
        out.push_str(text.get(at..end).unwrap_or_default());
        out.push_str(&mark);
        at = at.max(end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
