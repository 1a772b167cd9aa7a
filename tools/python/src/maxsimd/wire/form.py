"""The two forms of a body."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from .kind import Cursor, Kind, WireError
from .values import dumped, loaded

T = TypeVar("T")

VERSION = 1
"""What every body in the compact form begins with."""


class Form(ABC):
    """How a body is written."""

    media_type: str

    @abstractmethod
    def write(self, kind: Kind[Any], value: Any) -> bytes:
        """The bytes of a body."""

    @abstractmethod
    def read(self, kind: Kind[T], body: bytes) -> T:
        """What a body says."""


class _Json(Form):
    media_type = "application/json"

    def write(self, kind: Kind[Any], value: Any) -> bytes:
        try:
            return dumped(kind.to_json(value)).encode()
        except UnicodeEncodeError as error:
            raise WireError(f"no UTF-8: {error.reason}") from None

    def read(self, kind: Kind[T], body: bytes) -> T:
        return kind.from_json(loaded(body))


class _Compact(Form):
    media_type = "application/x-maxsimd"

    def write(self, kind: Kind[Any], value: Any) -> bytes:
        out = bytearray([VERSION])
        kind.pack(value, out)
        return bytes(out)

    def read(self, kind: Kind[T], body: bytes) -> T:
        cursor = Cursor(body)
        version = cursor.byte()
        if version != VERSION:
            raise WireError(f"version {version}, known is version {VERSION}")
        value = kind.unpack(cursor)
        if not cursor.at_end():
            raise WireError("something is behind the last field")
        return value


JSON: Form = _Json()
COMPACT: Form = _Compact()
