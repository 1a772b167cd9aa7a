"""Searches and what they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from ..wire import F32, F64, Filter, JsonObject, Pair, Uint, VectorsField

Mode = Literal["late", "exhaustive", "exact", "bm25", "hybrid"]
Scope = Literal["passages", "summaries", "all", "representations"]


class SearchBody(TypedDict, total=False):
    """A search: exactly one of `query`, `queries` and `vectors`, and what else is wished."""

    query: str
    queries: Sequence[str]
    vectors: VectorsField
    k: Uint
    mode: Mode
    scope: Scope
    min_score: F64
    explain: bool
    deadline_ms: Uint
    include: Sequence[Literal["text", "metadata"]]
    recall: F64
    certified: bool
    filter: Filter
    fusion: Literal["weighted", "rrf", "maxsim"]
    strategy: Literal["collapsed", "traversal"]
    per_layer: Uint
    fold: Literal["once", "none"]
    max_tokens: Uint
    return_: Literal["found", "parent", "document"]


@dataclass(frozen=True, slots=True)
class RankBody:
    """A place in a ranking, from 1."""

    rank: Uint
    score: F32


@dataclass(frozen=True, slots=True)
class LegsBody:
    """Where a hit of mode hybrid stood in its legs."""

    late: RankBody | None
    bm25: RankBody | None


@dataclass(frozen=True, slots=True)
class MatchBody:
    """Which passage token a query token matched.

    `query_at` is its byte of the query, `at` that of the hit's `part`: `title`, `heading` or `text`.
    """

    query_token: Uint
    passage_token: Uint
    score: F32
    query_at: Uint | None
    part: str | None
    at: Uint | None


@dataclass(frozen=True, slots=True)
class HitBody:
    """What a search found. `start` and `end` are bytes of the document."""

    passage_id: str
    document_id: str | None
    kind: str
    layer: Uint
    leaves: list[str]
    pieces: list[Pair]
    tokens: Uint
    score: F32
    query: Uint
    title: str
    heading: str
    text: str | None
    start: Uint
    end: Uint
    metadata: JsonObject | None
    legs: LegsBody | None
    explain: list[MatchBody] | None


@dataclass(frozen=True, slots=True)
class Degraded:
    """Something that was done in a lesser way than asked for."""

    stage: str
    reason: str
    fallback: str


@dataclass(frozen=True, slots=True)
class PruningBody:
    """How far a search was pruned."""

    probes: Uint
    candidates: Uint
    finalists: Uint
    slack: F32


@dataclass(frozen=True, slots=True)
class TimingsBody:
    """Microseconds of each stage, 0 of one that did not run."""

    queue_us: Uint
    tokenize_us: Uint
    encode_us: Uint
    filter_us: Uint
    probe_us: Uint
    gather_us: Uint
    estimate_us: Uint
    score_us: Uint
    keywords_us: Uint
    fetch_us: Uint


@dataclass(frozen=True, slots=True)
class Explained:
    """How a search was carried out."""

    kernel: str
    scored_passages: Uint


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found, best first."""

    hits: list[HitBody]
    generation: Uint
    applied_filter: str | None
    degraded: list[Degraded]
    partial: bool
    certified: bool
    pruning: PruningBody | None
    timings: TimingsBody
    explain: Explained | None
