"""Encoders and cross-encoders by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from ..wire import F32, Texts, Uint, VectorsValue
from .search import Degraded

InputType = Literal["query", "document"]


class EncodeBody(TypedDict, total=False):
    """Texts to encode."""

    input: Texts
    input_type: InputType
    encoding: Literal["float", "f16", "f32"]
    deadline_ms: Uint


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """Token vectors of one text, as searches and documents take them."""

    index: Uint
    tokens: Uint
    truncated_tokens: Uint
    vectors: VectorsValue


@dataclass(frozen=True, slots=True)
class EncodeReply:
    """Token vectors of each text."""

    model: str
    fingerprint: str
    width: Uint
    data: list[EncodedBody]


class RerankBody(TypedDict, total=False):
    """Documents to be ranked for a query."""

    query: str
    documents: Sequence[str]
    top_n: Uint
    return_documents: bool
    model: str
    deadline_ms: Uint


@dataclass(frozen=True, slots=True)
class TextBody:
    """A document's text."""

    text: str


@dataclass(frozen=True, slots=True)
class RankedBody:
    """A document's score, and which of the documents it is."""

    index: Uint
    relevance_score: F32
    document: TextBody | None


@dataclass(frozen=True, slots=True)
class RerankUsage:
    """What was read."""

    total_tokens: Uint


@dataclass(frozen=True, slots=True)
class RerankReply:
    """Ranked documents, best first, and what ranked them."""

    id: str
    model: str
    results: list[RankedBody]
    usage: RerankUsage | None
    degraded: list[Degraded]


class EmbeddingsBody(TypedDict, total=False):
    """Texts to make one vector each of."""

    input: Texts
    input_type: InputType
    encoding_format: Literal["float", "base64"]
    dimensions: Uint
    deadline_ms: Uint


@dataclass(frozen=True, slots=True)
class EmbeddingBody:
    """The vector of one text."""

    index: Uint
    embedding: list[F32]


@dataclass(frozen=True, slots=True)
class EmbeddingsUsage:
    """What was read."""

    total_tokens: Uint


@dataclass(frozen=True, slots=True)
class EmbeddingsReply:
    """One vector for each text."""

    data: list[EmbeddingBody]
    model: str
    usage: EmbeddingsUsage
    degraded: list[Degraded]


@dataclass(frozen=True, slots=True)
class ModelBody:
    """What may be named as a model: `kind` is encoder, cross_encoder or technique."""

    id: str
    created: Uint
    owned_by: str
    kind: str


@dataclass(frozen=True, slots=True)
class ModelsBody:
    """All models, those that encode first."""

    data: list[ModelBody]
