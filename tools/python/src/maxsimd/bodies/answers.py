"""Questions and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from ..wire import F64, FLAT, Filter, JsonObject, Pair, Uint
from .search import HitBody, Scope

Generator = Literal["auto", "quote", "managed", "openai"]
Thinking = Literal["auto", "rules", "model"]


class TurnBody(TypedDict):
    """Somebody's turn in a conversation."""

    role: Literal["user", "assistant"]
    content: str


class BudgetBody(TypedDict, total=False):
    """What an answer may cost."""

    max_llm_calls: Uint
    max_ms: Uint
    max_iterations: Uint
    max_context_tokens: Uint


class AnswerBody(TypedDict, total=False):
    """A question, and how it is to be answered."""

    question: str
    history: Sequence[TurnBody]
    collections: Sequence[str]
    technique: str
    options: JsonObject
    thinking: Thinking
    generator: Generator
    k: Uint
    filter: Filter
    budget: BudgetBody
    scope: Scope
    around: Literal["chunks", "parents", "document"]
    order: Literal["best_first", "edges", "source"]
    threshold: F64
    stream: bool
    trace: Literal["none", "summary", "full"]


@dataclass(frozen=True, slots=True)
class CitationBody:
    """A part of an answer, and the bytes of the document that it is from."""

    collection: str
    document_id: str
    passage_id: str
    quote: str
    start: Uint
    end: Uint
    answer_start: Uint
    answer_end: Uint
    support: F64


@dataclass(frozen=True, slots=True)
class ViaBody:
    """A name in another context that led to one."""

    passage_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ContextBody:
    """A hit, and the collection that it is in."""

    collection: str
    via: ViaBody | None
    hit: Annotated[HitBody, FLAT]


@dataclass(frozen=True, slots=True)
class ChosenBody:
    """Something that a technique chose."""

    stage: str
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignalsBody:
    """What a question finds."""

    similarity: F64
    weakest: F64
    words: F64
    gap: F64


@dataclass(frozen=True, slots=True)
class DecisionBody:
    """What became of a question, and why: `path` is generated, quoted or abstained."""

    technique: str
    chosen: list[ChosenBody]
    path: str
    generator: str
    standalone_question: str | None
    confidence: F64
    threshold: F64
    signals: SignalsBody


@dataclass(frozen=True, slots=True)
class DegradedBody:
    """Something of an answer that was done otherwise than asked for; `reason` is stable."""

    stage: str
    reason: str
    detail: str
    fallback: str


@dataclass(frozen=True, slots=True)
class LlmTokensBody:
    """Tokens of a language model."""

    prompt_tokens: Uint
    completion_tokens: Uint


@dataclass(frozen=True, slots=True)
class UsageBody:
    """What an answer took."""

    llm_calls: Uint
    tokens: Uint
    llm_tokens: Annotated[LlmTokensBody, FLAT]
    ms: F64


@dataclass(frozen=True, slots=True)
class StepBody:
    """Something that was done: inputs, outputs and scores are `details`."""

    stage: str
    ms: F64
    details: Annotated[JsonObject, FLAT]


@dataclass(frozen=True, slots=True)
class AnswerReply:
    """An answer: empty and `abstained` if the contexts do not seem to hold one."""

    answer: str
    abstained: bool
    citations: list[CitationBody]
    unsupported: list[Pair]
    contexts: list[ContextBody]
    decision: DecisionBody
    degraded: list[DegradedBody]
    usage: UsageBody
    trace: list[StepBody]


class RouteBody(TypedDict, total=False):
    """A question to be routed."""

    question: str
    collections: Sequence[str]
    options: JsonObject
    generator: Generator
    thinking: Thinking
    deadline_ms: Uint


@dataclass(frozen=True, slots=True)
class RouteScore:
    """How much a question is for a collection, from 0 to 1."""

    collection: str
    score: F64


@dataclass(frozen=True, slots=True)
class RouteReply:
    """The collections that a question is for, and what says so."""

    collections: list[str]
    scores: list[RouteScore]
    by: str
    usage: UsageBody
