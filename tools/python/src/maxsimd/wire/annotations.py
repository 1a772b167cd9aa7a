"""Annotations that say which kind a field is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from ..vectors import Vectors, VectorsLike
from .containers import TEXTS
from .values import DOUBLE, JSON, PAIR, SINGLE, UINT, VECTORS

Uint = Annotated[int, UINT]
F32 = Annotated[float, SINGLE]
F64 = Annotated[float, DOUBLE]
Pair = Annotated[tuple[int, int], PAIR]
Json = Annotated[Any, JSON]
JsonObject = Annotated[Mapping[str, Any], JSON]
Filter = Annotated[str | Mapping[str, Any], JSON]
FieldType = Literal["keyword", "integer", "float", "boolean", "date", "text"]
Fields = Annotated[Mapping[str, FieldType], JSON]
Texts = Annotated[str | Sequence[str], TEXTS]
VectorsField = Annotated[VectorsLike, VECTORS]
VectorsValue = Annotated[Vectors, VECTORS]

FLAT = "flat"
"""Marks a field whose own fields stand among those around it in JSON."""
