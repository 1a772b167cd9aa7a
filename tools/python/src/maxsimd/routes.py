"""Every route, and what a call of it asks: one function each, for both clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from . import bodies as b
from ._typing import Unpack
from .errors import Unwritable
from .wire import Struct, struct

R = TypeVar("R")
Wait = Literal["durable", "searchable"]


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """A request that is to be sent."""

    route: Route[R]
    path: str
    body: Mapping[str, Any] | None = None
    key: str | None = None
    """Makes a change safe to repeat."""


@dataclass(frozen=True)
class Route(Generic[R]):
    """A method, a path, and what goes there and back. A route without `reply` says that it is done."""

    method: str
    path: str
    body: type[Any] | None = None
    reply: type[R] | None = None
    safe: bool = False
    """Changes nothing, so that it may be sent again."""
    compact: bool = True
    """Knows the compact form."""
    also: frozenset[int] = field(default_factory=frozenset)
    """Statuses of failures that come with the reply's own body."""

    def call(
        self, body: Mapping[str, Any] | None = None, *names: str, query: str = "", key: str | None = None
    ) -> Call[R]:
        """Puts names into the path, in their order."""
        path = self.path.partition("?")[0]
        for name in names:
            start, end = path.index("{"), path.index("}") + 1
            path = path[:start] + escaped(name) + path[end:]
        return Call(self, path + query, body, key)

    def read(self) -> Struct[R] | None:
        """How its reply is read."""
        return None if self.reply is None else struct(self.reply)


def escaped(name: str) -> str:
    """A name as one part of a path, or a value of a query."""
    # Parts of dots only would be taken for steps between folders.
    return name.replace(".", "%2E") if name.strip(".") == "" else quote(name, safe="")


SEARCH = Route("POST", "/v1/collections/{c}/search", b.SearchBody, b.SearchAnswer, safe=True)
COLLECTIONS = Route("GET", "/v1/collections", None, b.CollectionsBody, safe=True)
CREATE = Route("POST", "/v1/collections", b.CreateBody, b.CollectionBody)
COLLECTION = Route("GET", "/v1/collections/{c}", None, b.CollectionBody, safe=True)
DROP: Route[None] = Route("DELETE", "/v1/collections/{c}")
COMPACT = Route("POST", "/v1/collections/{c}/compact", None, b.CollectionBody)
UPSERT = Route("PUT", "/v1/collections/{c}/documents", b.UpsertBody, b.ChangeAnswer)
DELETE = Route("DELETE", "/v1/collections/{c}/documents", b.DeleteBody, b.ChangeAnswer)
DOCUMENT = Route("GET", "/v1/collections/{c}/documents/{id}", None, b.DocumentAnswer, safe=True)
OPERATION = Route("GET", "/v1/operations/{id}", None, b.OperationAnswer, safe=True)
LAYERS = Route("GET", "/v1/collections/{c}/tree", None, b.LayersBody, safe=True)
TREE = Route("GET", "/v1/collections/{c}/tree?document=ID", None, b.TreeBody, safe=True)
ENCODE = Route("POST", "/v1/encode", b.EncodeBody, b.EncodeReply, safe=True)
ANSWER = Route("POST", "/v1/answer", b.AnswerBody, b.AnswerReply, safe=True)
ROUTE = Route("POST", "/v1/route", b.RouteBody, b.RouteReply, safe=True)
TECHNIQUES = Route("GET", "/v1/techniques", None, b.TechniquesBody, safe=True)
PARSE_FILTER = Route("POST", "/v1/filters/parse", b.FilterBody, b.FilterAnswer, safe=True)
ALIASES = Route("GET", "/v1/aliases", None, b.AliasesBody, safe=True)
SET_ALIAS = Route("PUT", "/v1/aliases/{a}", b.AliasSetBody, b.AliasBody)
REMOVE_ALIAS: Route[None] = Route("DELETE", "/v1/aliases/{a}")
LIVE = Route("GET", "/livez", None, b.LiveBody, safe=True)
READY = Route("GET", "/readyz", None, b.ReadyBody, safe=True, also=frozenset({503}))
VERSION = Route("GET", "/version", None, b.VersionBody, safe=True)

IN_BOTH_FORMS: list[Route[Any]] = [
    SEARCH, COLLECTIONS, CREATE, COLLECTION, DROP, COMPACT, UPSERT, DELETE, DOCUMENT, OPERATION, LAYERS, TREE, ENCODE,
    ANSWER, ROUTE, TECHNIQUES, PARSE_FILTER, ALIASES, SET_ALIAS, REMOVE_ALIAS, LIVE, READY, VERSION,
]  # fmt: skip
"""In the order of the protocol."""

SNAPSHOT: Route[None] = Route("POST", "/v1/collections/{c}/snapshot", compact=False)
RERANK = Route("POST", "/v1/rerank", b.RerankBody, b.RerankReply, safe=True, compact=False)
EMBEDDINGS = Route("POST", "/v1/embeddings", b.EmbeddingsBody, b.EmbeddingsReply, safe=True, compact=False)
MODELS = Route("GET", "/v1/models", None, b.ModelsBody, safe=True, compact=False)
MODEL = Route("GET", "/v1/models/{m}", None, b.ModelBody, safe=True, compact=False)
METRICS: Route[None] = Route("GET", "/metrics", safe=True, compact=False)


def search(collection: str, **search: Unpack[b.SearchBody]) -> Call[b.SearchAnswer]:
    """Searches a collection: by one of `query`, `queries` and `vectors`."""
    return SEARCH.call(search, collection)


def encode(**texts: Unpack[b.EncodeBody]) -> Call[b.EncodeReply]:
    """Token vectors of texts: `input` is one or up to 64, `input_type` is query or document."""
    return ENCODE.call({"encoding": "f32", **texts})


def rerank(**documents: Unpack[b.RerankBody]) -> Call[b.RerankReply]:
    """Ranks `documents` for a `query`."""
    return RERANK.call(documents)


def embeddings(**texts: Unpack[b.EmbeddingsBody]) -> Call[b.EmbeddingsReply]:
    """One vector for each text of `input`, for what knows one vector a text."""
    return EMBEDDINGS.call({**texts, "encoding_format": "float"})


def answer(**question: Unpack[b.AnswerBody]) -> Call[b.AnswerReply]:
    """Answers a `question` from `collections`, with citations. `answer_stream` tells it as it is made."""
    if question.get("stream"):
        raise Unwritable("stream: answer_stream gives events")
    return ANSWER.call(question)


def answer_stream(**question: Unpack[b.AnswerBody]) -> Call[b.AnswerReply]:
    """The same as events."""
    return ANSWER.call({**question, "stream": True})


def route(**question: Unpack[b.RouteBody]) -> Call[b.RouteReply]:
    """Which of several `collections` a `question` is for."""
    return ROUTE.call(question)


def parse_filter(**filter: Unpack[b.FilterBody]) -> Call[b.FilterAnswer]:
    """A `filter` as text and as JSON, for a `collection` or for `fields`."""
    return PARSE_FILTER.call(filter)


def techniques() -> Call[b.TechniquesBody]:
    """All techniques: what each does, may be told and needs."""
    return TECHNIQUES.call()


def collections() -> Call[b.CollectionsBody]:
    """All collections."""
    return COLLECTIONS.call()


def collection(name: str) -> Call[b.CollectionBody]:
    """One collection, by its name or an alias."""
    return COLLECTION.call(None, name)


def create(**collection: Unpack[b.CreateBody]) -> Call[b.CollectionBody]:
    """Creates a collection of a `name`; `width` makes it one of token vectors from elsewhere."""
    return CREATE.call(collection)


def drop_collection(name: str) -> Call[None]:
    """Drops a collection and all that is in it."""
    return DROP.call(None, name)


def compact(name: str) -> Call[b.CollectionBody]:
    """Merges a collection's small segments and purges what is deleted; returns when it is done."""
    return COMPACT.call(None, name)


def upsert(
    collection: str, documents: Sequence[b.DocumentBody], *, wait: Wait = "durable", idempotency_key: str | None = None
) -> Call[b.ChangeAnswer]:
    """Adds documents, or replaces those of the same id. With `wait="searchable"` searches see them when it returns,
    but after 30 seconds, when `generation` is None. Only with an `idempotency_key` is it sent again by itself."""
    return UPSERT.call({"documents": documents}, collection, query=f"?wait={wait}", key=idempotency_key)


def delete(
    collection: str, *, wait: Wait = "durable", idempotency_key: str | None = None, **documents: Unpack[b.DeleteBody]
) -> Call[b.ChangeAnswer]:
    """Deletes documents: those of `ids`, or all that match `filter`."""
    return DELETE.call(documents, collection, query=f"?wait={wait}", key=idempotency_key)


def document(collection: str, id: str) -> Call[b.DocumentAnswer]:
    """A document as it was acknowledged last, whether or not searches see that."""
    return DOCUMENT.call(None, collection, id)


def operation(operation: str) -> Call[b.OperationAnswer]:
    """What became of a change."""
    return OPERATION.call(None, operation)


def layers(collection: str) -> Call[b.LayersBody]:
    """Sizes of the layers of all trees of a collection."""
    return LAYERS.call(None, collection)


def tree(collection: str, document: str) -> Call[b.TreeBody]:
    """The tree of one document."""
    return TREE.call(None, collection, query=f"?document={quote(document, safe='')}")


def tree_across(collection: str) -> Call[b.TreeBody]:
    """The tree across documents."""
    return TREE.call(None, collection, query="?across=true")


def aliases() -> Call[b.AliasesBody]:
    """All aliases."""
    return ALIASES.call()


def set_alias(alias: str, collection: str) -> Call[b.AliasBody]:
    """Lets an alias stand for a collection, from one moment to the next."""
    return SET_ALIAS.call({"collection": collection}, alias)


def remove_alias(alias: str) -> Call[None]:
    """Removes an alias."""
    return REMOVE_ALIAS.call(None, alias)


def models() -> Call[b.ModelsBody]:
    """What may be named as a model."""
    return MODELS.call()


def model(name: str) -> Call[b.ModelBody]:
    """One model."""
    return MODEL.call(None, name)


def live() -> Call[b.LiveBody]:
    """Whether the process runs."""
    return LIVE.call()


def ready() -> Call[b.ReadyBody]:
    """Whether requests should be sent, and if not, why."""
    return READY.call()


def version() -> Call[b.VersionBody]:
    """What serves."""
    return VERSION.call()
