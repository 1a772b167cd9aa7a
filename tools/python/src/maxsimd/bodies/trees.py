"""Trees of summaries."""

from __future__ import annotations

from dataclasses import dataclass

from ..wire import F32, Uint


@dataclass(frozen=True, slots=True)
class LayerBody:
    """A layer of all trees; 0 is the passages."""

    layer: Uint
    nodes: Uint
    tokens: Uint


@dataclass(frozen=True, slots=True)
class CoverageBody:
    """How much of a collection its tree across documents holds."""

    nodes: Uint
    dead: Uint
    documents: Uint
    uncovered: Uint
    gone: Uint


@dataclass(frozen=True, slots=True)
class LayersBody:
    """All trees of a collection in figures."""

    trees: Uint
    layers: list[LayerBody]
    across: CoverageBody | None


@dataclass(frozen=True, slots=True)
class NodeBody:
    """A passage, or a summary node above some."""

    id: str
    layer: Uint
    children: list[str]
    leaves: list[str]
    start: Uint
    end: Uint
    tokens: Uint
    radius: F32 | None
    text: str


@dataclass(frozen=True, slots=True)
class TreeBody:
    """A tree, children before parents; that across documents has no `document_id`."""

    document_id: str | None
    title: str
    nodes: list[NodeBody]
