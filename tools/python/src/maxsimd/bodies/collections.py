"""Collections, and other names of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from ..wire import F32, F64, FLAT, Fields, Json, JsonObject, Uint


class CreateBody(TypedDict, total=False):
    """A collection to be created. `width` is for token vectors from elsewhere."""

    name: str
    encoder: str
    width: Uint
    bits: Uint
    fields: Fields
    language: str
    keep_vectors: bool
    split: bool
    raptor: Json
    represent: Literal["summary", "sentence", "proposition"]


@dataclass(frozen=True, slots=True)
class EncoderBody:
    """What made a collection's token vectors."""

    name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class EffortBody:
    """What mode late finds at one effort of what exhaustive finds."""

    probes: Uint
    candidates: Uint
    slack: F32
    recall_at_10: F64
    recall_at_100: F64


@dataclass(frozen=True, slots=True)
class RouterBody:
    """What finds candidates."""

    centroids: Uint
    width: Uint
    efforts: list[EffortBody]


@dataclass(frozen=True, slots=True)
class DescriptionBody:
    """What a generation holds."""

    generation: Uint
    documents: Uint
    passages: Uint
    nodes: Uint
    representations: Uint
    deleted_passages: Uint
    token_vectors: Uint
    width: Uint
    bits: Uint
    encoder: EncoderBody
    language: str
    fields: JsonObject
    segments: Uint
    router: RouterBody | None
    index_bytes: Uint
    text_bytes: Uint
    vector_bytes: Uint
    build_seconds: F64 | None


@dataclass(frozen=True, slots=True)
class FailureBody:
    """Why the newest generation is not served."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CollectionBody:
    """A collection; without `description` if no generation of it could be opened."""

    name: str
    description: Annotated[DescriptionBody | None, FLAT]
    failure: FailureBody | None


@dataclass(frozen=True, slots=True)
class CollectionsBody:
    """All collections, by name."""

    collections: list[CollectionBody]


class AliasSetBody(TypedDict, total=False):
    """What an alias is to stand for."""

    collection: str


@dataclass(frozen=True, slots=True)
class AliasBody:
    """An alias."""

    alias: str
    collection: str


@dataclass(frozen=True, slots=True)
class AliasesBody:
    """All aliases, and the collections that they stand for."""

    aliases: JsonObject
