//! What is said in place of a reply: what is wrong, and what to do about it. It is read by a language model, which calls
//! again, or tells its user.

use maxsimd_server::wire::ProblemBody;

use super::quoted::line;
use crate::client::ClientError;

/// Names that are listed.
const NAMED: usize = 50;

/// Why a call has no reply.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The arguments are not what the schema says.
    #[error("{}{}; call again with arguments as the schema of this tool describes them", at(.path), line(.reason))]
    Arguments {
        /// The argument.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The daemon has nothing to search.
    #[error(
        "the daemon at {url} has no collection that may be searched. Its user makes one with `maxsim build --input FOLDER \
         --data DIR --collection NAME`, where DIR is the folder that the daemon serves"
    )]
    NoCollection {
        /// Where it is.
        url: String,
    },
    /// Nothing says which collection is meant.
    #[error("which collection? Call again with `collection` as one of: {}", listed(.0))]
    Several(Vec<String>),
    /// Reading on behind the end.
    #[error("`start` is {start}, and the document ends after {bytes} bytes")]
    Past {
        /// Where to begin.
        start: u64,
        /// Its length.
        bytes: usize,
    },
    /// The daemon did not answer, or would not.
    #[error("{}", told(.url, .error))]
    Daemon {
        /// Where it is.
        url: String,
        /// What happened.
        error: ClientError,
    },
}

fn at(path: &str) -> String {
    match path {
        "" | "." => String::new(),
        path => format!("`{}`: ", line(path)),
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(|name| line(name)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn told(url: &str, error: &ClientError) -> String {
    match error {
        ClientError::Connect(reason) => format!(
            "no daemon answers at {url} ({reason}). Its user starts one with `maxsim serve --data DIR`, where DIR holds \
             the collections, or registers `maxsim mcp --url URL` with the address of another one; then call again"
        ),
        ClientError::HungUp(reason) => {
            format!("the daemon at {url} ended the connection ({reason}); if it is still running, call again")
        }
        ClientError::Timeout => {
            format!("the daemon at {url} gave no reply in time; call again, or ask for less (a smaller `k`)")
        }
        ClientError::Refused(problem) => refused(url, problem),
        ClientError::TooLarge { .. } | ClientError::Unreadable { .. } | ClientError::Unwritable(_) => {
            format!(
                "{}; what answers at {url} may be no maxsimd daemon, or one of another version",
                line(&error.to_string())
            )
        }
    }
}

fn refused(url: &str, problem: &ProblemBody) -> String {
    let field = problem.field.as_deref().map_or(String::new(), |field| format!(" (`{}`)", line(field)));
    let said = format!("{}{field}: {}", line(&problem.code), line(&problem.detail));
    match advice(problem) {
        Some(advice) => format!("{said}. {advice}"),
        None => format!("{said} (the daemon at {url}, request {})", line(&problem.request_id)),
    }
}

/// What to do about a problem of which the daemon cannot know.
fn advice(problem: &ProblemBody) -> Option<&'static str> {
    Some(match (problem.code.as_str(), problem.field.as_deref()) {
        ("key_missing" | "key_unknown", _) => {
            "The daemon wants a key: its user puts one of scope read into MAXSIMD_KEY of this server's environment, or \
             into a file that `maxsim mcp --key-file FILE` names"
        }
        ("scope_too_small" | "collection_not_allowed", _) => {
            "The key of this server is not for that; the tool `collections` lists what it is for"
        }
        ("collection_not_found" | "invalid_name", _) => "The tool `collections` lists what there is",
        ("document_not_found", _) => "The tool `search` gives ids of documents",
        ("overloaded" | "collection_unavailable" | "encoder_unavailable" | "deadline_exceeded", _) => {
            "Call again in a moment"
        }
        (_, Some("filter")) => {
            "A filter is e.g. year >= 2020 and lang in (\"en\", \"de\") and not draft; the tool `collections` lists the \
             fields"
        }
        _ => return None,
    })
}
