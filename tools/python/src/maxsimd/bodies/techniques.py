"""Techniques, and filters by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from ..wire import Fields, Filter, Json


@dataclass(frozen=True, slots=True)
class TechniqueBody:
    """A technique: what it does, needs and may be told."""

    name: str
    what: str
    source: str
    thinks: bool
    needs: str
    knobs: Json
    defaults: Json


@dataclass(frozen=True, slots=True)
class TechniquesBody:
    """All techniques, and which of them `auto` is."""

    auto: str
    techniques: list[TechniqueBody]


class FilterBody(TypedDict, total=False):
    """A filter to be read, for a collection or for fields."""

    filter: Filter
    collection: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class FilterAnswer:
    """A filter in both of its forms."""

    text: str
    filter: Json
