"""An answer as it is made: server-sent events as values."""

from __future__ import annotations

from dataclasses import dataclass

from .bodies import AnswerReply, CitationBody, ContextBody, ProblemBody
from .errors import Unreadable, of_status
from .wire import JSON, Uint, WireError, struct


@dataclass(frozen=True, slots=True)
class Stage:
    """Something begins. A further `generate` begins the text anew."""

    stage: str


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found."""

    contexts: list[ContextBody]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of what a generator writes, which is not checked yet."""

    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether what was written is the answer, and how many of its sentences are supported."""

    accepted: bool
    sentences: Uint
    supported: Uint


@dataclass(frozen=True, slots=True)
class Note:
    """A part of the question, and what was found."""

    question: str
    answer: str


Event = Stage | Retrieval | Token | Verdict | CitationBody | Note | AnswerReply
"""What is told on the way; an `AnswerReply` is the last."""

_EVENTS: dict[str, type[Event]] = {
    "stage": Stage,
    "retrieval": Retrieval,
    "token": Token,
    "verdict": Verdict,
    "citation": CitationBody,
    "note": Note,
    "done": AnswerReply,
}


class Reader:
    """Lines to events. An event of a name that is not known is passed over."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []

    def line(self, line: str) -> Event | None:
        """The event that this line ends, if it ends one."""
        if not line:
            name, data = self._name, "\n".join(self._data)
            self._name, self._data = "", []
            return _event(name, data) if data else None
        field, _, value = line.partition(":")
        if field == "event":
            self._name = value.removeprefix(" ")
        elif field == "data":
            self._data.append(value.removeprefix(" "))
        return None


def _event(name: str, data: str) -> Event | None:
    try:
        if name == "error":
            problem = JSON.read(struct(ProblemBody), data.encode())
            raise of_status(problem.status)(problem)
        kind = _EVENTS.get(name)
        return JSON.read(struct(kind), data.encode()) if kind else None
    except WireError as error:
        raise Unreadable(f"an event {name!r} that cannot be read: {error}") from None
