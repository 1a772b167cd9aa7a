//! A method for each route that has both forms.

use std::fmt::Write;

use hyper::Method;
use maxsimd_server::wire::{
    AliasBody, AliasSetBody, AliasesBody, AnswerBody, AnswerReply, ChangeAnswer, CollectionBody, CollectionsBody,
    CreateBody, DeleteBody, DocumentAnswer, EncodeBody, EncodeReply, FilterAnswer, FilterBody, LayersBody,
    OperationAnswer, RouteBody, RouteReply, SearchAnswer, SearchBody, TechniquesBody, TreeBody, UpsertBody,
};

use super::{Client, ClientError};

type Replied<T> = Result<T, ClientError>;

/// What a change is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// Until it is durable.
    #[default]
    Durable,
    /// Until searches see it.
    Searchable,
}

impl Wait {
    const fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Searchable => "searchable",
        }
    }
}

impl Client {
    /// Searches a collection.
    pub async fn search(&mut self, collection: &str, search: &SearchBody<'_>) -> Replied<SearchAnswer> {
        self.send(Method::POST, &format!("{}/search", of(collection)), search).await
    }

    /// Token vectors of texts.
    pub async fn encode(&mut self, texts: &EncodeBody) -> Replied<EncodeReply> {
        self.send(Method::POST, "/v1/encode", texts).await
    }

    /// A whole answer; it cannot be told as it is made.
    pub async fn answer(&mut self, question: &AnswerBody<'_>) -> Replied<AnswerReply> {
        if question.stream == Some(true) {
            return Err(ClientError::Unwritable("a stream is no reply; leave stream out".to_owned()));
        }
        self.send(Method::POST, "/v1/answer", question).await
    }

    /// Which of several collections a question is for.
    pub async fn route(&mut self, question: &RouteBody<'_>) -> Replied<RouteReply> {
        self.send(Method::POST, "/v1/route", question).await
    }

    /// A filter as text and as JSON.
    pub async fn parse_filter(&mut self, filter: &FilterBody<'_>) -> Replied<FilterAnswer> {
        self.send(Method::POST, "/v1/filters/parse", filter).await
    }

    /// All techniques.
    pub async fn techniques(&mut self) -> Replied<TechniquesBody> {
        self.get("/v1/techniques").await
    }

    /// All collections.
    pub async fn collections(&mut self) -> Replied<CollectionsBody> {
        self.get("/v1/collections").await
    }

    /// One collection.
    pub async fn collection(&mut self, name: &str) -> Replied<CollectionBody> {
        self.get(&of(name)).await
    }

    /// Creates a collection.
    pub async fn create(&mut self, collection: &CreateBody<'_>) -> Replied<CollectionBody> {
        self.send(Method::POST, "/v1/collections", collection).await
    }

    /// Drops a collection.
    pub async fn drop_collection(&mut self, name: &str) -> Replied<()> {
        self.done(Method::DELETE, &of(name)).await
    }

    /// Merges a collection's small segments and purges what is deleted.
    pub async fn compact(&mut self, name: &str) -> Replied<CollectionBody> {
        self.asked(Method::POST, &format!("{}/compact", of(name)), None).await
    }

    /// Adds documents, or replaces those of the same id.
    pub async fn upsert(&mut self, collection: &str, documents: &UpsertBody<'_>, wait: Wait) -> Replied<ChangeAnswer> {
        self.send(Method::PUT, &format!("{}/documents?wait={}", of(collection), wait.name()), documents).await
    }

    /// Deletes documents.
    pub async fn delete(&mut self, collection: &str, documents: &DeleteBody<'_>, wait: Wait) -> Replied<ChangeAnswer> {
        self.send(Method::DELETE, &format!("{}/documents?wait={}", of(collection), wait.name()), documents).await
    }

    /// A document as it was acknowledged last.
    pub async fn document(&mut self, collection: &str, id: &str) -> Replied<DocumentAnswer> {
        self.get(&format!("{}/documents/{}", of(collection), escaped(id))).await
    }

    /// What became of a change.
    pub async fn operation(&mut self, operation: &str) -> Replied<OperationAnswer> {
        self.get(&format!("/v1/operations/{}", escaped(operation))).await
    }

    /// Sizes of the layers of all trees.
    pub async fn layers(&mut self, collection: &str) -> Replied<LayersBody> {
        self.get(&format!("{}/tree", of(collection))).await
    }

    /// The tree of one document.
    pub async fn tree(&mut self, collection: &str, document: &str) -> Replied<TreeBody> {
        self.get(&format!("{}/tree?document={}", of(collection), escaped(document))).await
    }

    /// The tree across documents.
    pub async fn tree_across(&mut self, collection: &str) -> Replied<TreeBody> {
        self.get(&format!("{}/tree?across=true", of(collection))).await
    }

    /// All aliases.
    pub async fn aliases(&mut self) -> Replied<AliasesBody> {
        self.get("/v1/aliases").await
    }

    /// Lets an alias stand for a collection.
    pub async fn set_alias(&mut self, alias: &str, collection: &AliasSetBody<'_>) -> Replied<AliasBody> {
        self.send(Method::PUT, &format!("/v1/aliases/{}", escaped(alias)), collection).await
    }

    /// Removes an alias.
    pub async fn remove_alias(&mut self, alias: &str) -> Replied<()> {
        self.done(Method::DELETE, &format!("/v1/aliases/{}", escaped(alias))).await
    }
}

fn of(collection: &str) -> String {
    format!("/v1/collections/{}", escaped(collection))
}

/// A name as a part of a path or a value of a query.
fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_in_paths() {
        assert_eq!(of("docs-1"), "/v1/collections/docs-1");
        assert_eq!(escaped("a/b ü?"), "a%2Fb%20%C3%BC%3F");
    }
}
