"""The daemon itself, and what it says is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ..wire import Uint


@dataclass(frozen=True, slots=True)
class LiveBody:
    """The process runs."""

    live: bool


@dataclass(frozen=True, slots=True)
class CollectionsReadiness:
    """Collections that are served, and those that are not as they should be."""

    mapped: bool
    count: Uint
    failing: list[str]
    replaying: list[str]


@dataclass(frozen=True, slots=True)
class ReadyBody:
    """Whether requests should be sent, and if not, why. `encoder` is loading, ready, failed or absent."""

    ready: bool
    draining: bool
    encoder: str
    collections: CollectionsReadiness


@dataclass(frozen=True, slots=True)
class VersionBody:
    """What serves."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ProblemBody:
    """A failure, as RFC 9457 has it, with a stable code."""

    type: str
    title: str
    status: Uint
    code: str
    detail: str
    field: str | None
    position: Uint | None
    request_id: str


@dataclass(frozen=True, slots=True)
class OpenaiError:
    """A failure, as clients of OpenAI know it."""

    message: str
    type: str
    param: str | None
    code: str


@dataclass(frozen=True, slots=True)
class OpenaiFailure:
    """The same as a body."""

    error: OpenaiError
