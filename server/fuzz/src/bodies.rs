//! Bodies of requests and replies, in both forms. What is accepted is written in either form and read again as the same; what
//! is refused is refused as the client's fault, with a problem that can be written.

use std::fmt::Debug;

use maxsimd_server::error::Problem;
use maxsimd_server::wire::{
    AliasBody, AliasRequest, AliasesBody, AnswerAsk, AnswerReply, ChangeAnswer, ChatAsk, CollectionBody,
    CollectionsBody, CreateRequest, DeleteRequest, DocumentAnswer, EmbeddingsAsk, EncodeAsk, EncodeReply, FilterAnswer,
    FilterRequest, Form, LayersBody, OperationAnswer, ProblemBody, Request, RequestBody, RerankAsk, RouteAsk,
    RouteReply, Search, SearchAnswer, TechniquesBody, TreeBody, UpsertRequest, Written, compact,
};

const FORMS: [Form; 2] = [Form::Json, Form::Compact];

/// Reads bytes as one kind of body.
type Reader = fn(Form, &[u8]);

/// Requests that have both forms.
const REQUESTS: [Reader; 9] = [
    request::<Search>,
    request::<CreateRequest>,
    request::<UpsertRequest>,
    request::<DeleteRequest>,
    request::<EncodeAsk>,
    request::<AnswerAsk>,
    request::<RouteAsk>,
    request::<FilterRequest>,
    request::<AliasRequest>,
];

/// Requests in the shapes of other services.
const FOREIGN: [Reader; 3] = [
    |_, bytes| judged(ChatAsk::parse(bytes)),
    |_, bytes| judged(EmbeddingsAsk::parse(bytes)),
    |_, bytes| judged(RerankAsk::parse(bytes)),
];

/// What a client reads.
const REPLIES: [Reader; 14] = [
    |_, bytes| reply::<SearchAnswer>(bytes),
    |_, bytes| reply::<CollectionsBody>(bytes),
    |_, bytes| reply::<CollectionBody>(bytes),
    |_, bytes| reply::<ChangeAnswer>(bytes),
    |_, bytes| reply::<DocumentAnswer>(bytes),
    |_, bytes| reply::<OperationAnswer>(bytes),
    |_, bytes| reply::<LayersBody>(bytes),
    |_, bytes| reply::<TreeBody>(bytes),
    |_, bytes| reply::<EncodeReply>(bytes),
    |_, bytes| reply::<AnswerReply>(bytes),
    |_, bytes| reply::<RouteReply>(bytes),
    |_, bytes| reply::<TechniquesBody>(bytes),
    |_, bytes| reply::<FilterAnswer>(bytes),
    |_, bytes| {
        reply::<AliasesBody>(bytes);
        reply::<AliasBody>(bytes);
        reply::<ProblemBody>(bytes);
    },
];

/// The first byte says which request, of all; then comes its body as JSON.
pub fn json_body(input: &[u8]) {
    read(Form::Json, &[&REQUESTS[..], &FOREIGN].concat(), input);
}

/// The first byte says which request or reply; then comes its body as bincode.
pub fn compact_body(input: &[u8]) {
    read(Form::Compact, &[&REQUESTS[..], &REPLIES].concat(), input);
}

fn read(form: Form, readers: &[Reader], input: &[u8]) {
    let Some((&which, bytes)) = input.split_first() else { return };
    readers[usize::from(which) % readers.len()](form, bytes);
}

fn request<T: Request + Debug>(form: Form, bytes: &[u8])
where
    for<'a> T::Body<'a>: Written,
{
    let body = match T::Body::parse(form, bytes) {
        Ok(body) => body,
        Err(problem) => return refused(&problem),
    };
    let written = FORMS.map(|form| (form, form.write(&body)));
    match T::check(body) {
        Err(problem) => refused(&problem),
        Ok(request) => {
            for (form, written) in written {
                let again = T::parse(form, &written.expect("what was read can be written"));
                assert_eq!(told(&again.expect("and read")), told(&request), "as {form:?}");
            }
        }
    }
}

fn reply<T: Debug + compact::Writable + for<'a> compact::Readable<'a>>(bytes: &[u8]) {
    let Ok(reply) = compact::decode_reply::<T>(bytes) else { return };
    let written = compact::encode(&reply).expect("what was read can be written");
    let again = compact::decode_reply::<T>(&written).expect("and read");
    assert_eq!(told(&again), told(&reply));
}

/// What a value says, its numbers to nine digits: the last bit of a float may be another once it went through JSON.
fn told(value: &impl Debug) -> String {
    let is_of_number = |byte: char| byte.is_ascii_alphanumeric() || ".+-".contains(byte);
    let rounded = |word: &str| match word.parse::<f64>() {
        Ok(number) if word.contains(['.', 'e']) => format!("{number:.8e}"),
        _ => word.to_owned(),
    };
    let mut text = String::new();
    for part in format!("{value:?}").split_inclusive(|byte| !is_of_number(byte)) {
        let (word, rest) = part.split_at(part.trim_end_matches(|byte| !is_of_number(byte)).len());
        text.push_str(&rounded(word));
        text.push_str(rest);
    }
    text
}

fn judged<T>(read: Result<T, Problem>) {
    if let Err(problem) = read {
        refused(&problem);
    }
}

fn refused(problem: &Problem) {
    assert!(problem.status().is_client_error(), "{problem:?}");
    for form in FORMS {
        form.write(&ProblemBody::new(problem, "fuzz")).expect("a problem can be written");
    }
}
