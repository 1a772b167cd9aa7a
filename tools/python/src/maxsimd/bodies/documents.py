"""Documents, and what became of changes to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from ..wire import Filter, JsonObject, Uint, VectorsField


class DocumentBody(TypedDict, total=False):
    """A document to add: `text`, or `vectors`, or both."""

    id: str
    title: str
    text: str
    format: Literal["plain", "markdown", "code"]
    vectors: VectorsField
    metadata: JsonObject


class UpsertBody(TypedDict, total=False):
    """Documents to add."""

    documents: Sequence[DocumentBody]


class DeleteBody(TypedDict, total=False):
    """Documents to delete: by `ids`, or all that match `filter`."""

    ids: Sequence[str]
    filter: Filter


@dataclass(frozen=True, slots=True)
class ChangeAnswer:
    """A change that is durable; with `generation` it is searchable, too. `ids` were made for documents without one."""

    accepted: Uint
    operation: str
    generation: Uint | None
    ids: list[str]


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """A document as it was acknowledged last; `passages` is None until searches see it."""

    id: str
    title: str
    text: str
    metadata: JsonObject
    passages: Uint | None


@dataclass(frozen=True, slots=True)
class OperationAnswer:
    """What became of a change: `state` is pending, done or failed."""

    operation: str
    collection: str
    state: str
    documents: Uint
    ahead: Uint | None
    error: str | None
