"""What retrievers of frameworks share."""

from __future__ import annotations

from typing import Any

from .bodies import HitBody

PLACE = ["document_id", "passage_id", "kind", "start", "end"]
"""What says where a passage stands, and nothing to a language model."""


def metadata(hit: HitBody) -> dict[str, Any]:
    """The document's metadata, and what is known of the hit; where both have a name, the hit's stands."""
    known = {
        "document_id": hit.document_id,
        "passage_id": hit.passage_id,
        "kind": hit.kind,
        "title": hit.title,
        "heading": hit.heading,
        "start": hit.start,
        "end": hit.end,
    }
    return {**(hit.metadata or {}), **{name: value for name, value in known.items() if value not in (None, "")}}
