"""Both forms of a body: JSON, and the compact form (bincode 2, standard configuration, behind a byte of version).

A body is a class with annotations: a dataclass for replies, a TypedDict for requests. `Kind` reads these; nothing else
says how a body is written.
"""

from .annotations import (
    F32,
    F64,
    FLAT,
    Fields,
    Filter,
    Json,
    JsonObject,
    Pair,
    Texts,
    Uint,
    VectorsField,
    VectorsValue,
)
from .form import COMPACT, JSON, Form
from .kind import WireError
from .struct import Struct, struct

__all__ = [
    "COMPACT",
    "F32",
    "F64",
    "FLAT",
    "JSON",
    "Fields",
    "Filter",
    "Form",
    "Json",
    "JsonObject",
    "Pair",
    "Struct",
    "Texts",
    "Uint",
    "VectorsField",
    "VectorsValue",
    "WireError",
    "struct",
]
