//! Closed lists of words: what asks for documents, what holds a sentence together, what ends the talk of documents.

/// What comes before the documents that are asked for, longer ones before their beginnings.
pub(super) const REQUESTS: &[&str] = &[
    "what are the",
    "what are some",
    "what are good",
    "do we have",
    "do you have",
    "do you know",
    "have we got",
    "is there",
    "are there",
    "can you",
    "could you",
    "would you",
    "can i",
    "could i",
    "i am",
    "i'm",
    "i'd",
    "looking for",
    "look for",
    "search for",
    "looking at",
    "interested in",
    "tell me about",
    "a list of",
    "a summary of",
    "an overview of",
    "summaries of",
    "list of",
    "lists of",
    "summary of",
    "overview of",
    "according to",
    "among",
    "of",
    "to find",
    "to see",
    "to read",
    "to get",
    "please",
    "show",
    "find",
    "fetch",
    "get",
    "give",
    "list",
    "display",
    "search",
    "retrieve",
    "return",
    "recommend",
    "suggest",
    "summarise",
    "summarize",
    "compare",
    "pull",
    "dig",
    "up",
    "out",
    "me",
    "us",
    "i",
    "we",
    "want",
    "need",
    "like",
    "which",
    "what",
    "any",
    "some",
    "all",
    "every",
    "the",
    "a",
    "an",
    "these",
    "those",
    "my",
    "our",
    "only",
    "just",
    "also",
    "other",
    "more",
    "most",
    "recent",
    "latest",
    "new",
    "newest",
    "good",
    "best",
    "great",
    "short",
    "brief",
    "and",
    "but",
];

/// Words for documents, in the singular.
pub(super) const DOCUMENTS: &[&str] = &[
    "article",
    "blog",
    "book",
    "chapter",
    "doc",
    "document",
    "draft",
    "essay",
    "file",
    "guide",
    "handbook",
    "lecture",
    "literature",
    "manual",
    "material",
    "memo",
    "paper",
    "podcast",
    "post",
    "preprint",
    "presentation",
    "publication",
    "report",
    "resource",
    "slide",
    "study",
    "talk",
    "tutorial",
    "video",
    "whitepaper",
    "work",
];

/// Pronouns for documents.
pub(super) const PRONOUNS: &[&str] =
    &["anything", "something", "everything", "stuff", "nothing", "things", "content", "results", "ones"];

/// Words between documents and what is said of them.
pub(super) const GLUE: &[&str] = &[
    ",", "(", "and", "or", "but", "that", "which", "who", "are", "is", "was", "were", "be", "been", "being", "has",
    "have", "had", "having", "with", "only", "a", "an", "the", "both", "either", "also", "we", "i", "they", "you",
    "our", "in", "of", "from", "-", "–", "—",
];

/// Words that belong to what is said after them: they go where it goes.
pub(super) const LEADS: &[&str] =
    &["that", "which", "are", "is", "was", "were", "be", "been", "has", "have", "having", "with", "a", "an", "the"];

/// Words after which a request tells of something else than its documents.
pub(super) const BREAKS: &[&str] = &[
    "how", "why", "when", "where", "who", "whom", "whose", "what", "whether", "if", "because", "while", "did", "does",
    "do", "happened", "happens", "occurred", "began", "ended", "died", "lived", ".", "?", "!", ";",
];

/// Words that no noun phrase has.
pub(super) const STOPS: &[&str] = &[
    "a", "about", "above", "across", "after", "against", "all", "along", "am", "among", "an", "and", "any", "are",
    "as", "at", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "could",
    "did", "do", "does", "doing", "during", "each", "except", "for", "from", "get", "had", "has", "have", "he", "her",
    "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "may", "me", "might", "must", "my", "no", "nor",
    "not", "of", "on", "or", "other", "our", "out", "over", "please", "shall", "she", "should", "since", "so", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "to", "under",
    "until", "up", "us", "was", "we", "were", "what", "when", "where", "whether", "which", "while", "who", "whom",
    "whose", "why", "will", "with", "within", "without", "would", "you", "your",
];

/// What begins so is said after what it is of.
pub(super) const PREPOSITIONS: &[&str] = &[
    "in", "on", "during", "within", "from", "since", "before", "after", "until", "till", "through", "between", "by",
    "with", "without",
];

/// Words that join documents and what they are about.
pub(super) const ABOUT: &[&str] =
    &["about", "on", "of", "for", "regarding", "concerning", "covering", "involving", "in"];

/// Whether a word may be of a noun phrase, or stand for its content.
pub(super) fn is_content(word: &str) -> bool {
    word.starts_with(char::is_alphanumeric) && !STOPS.contains(&word)
}
