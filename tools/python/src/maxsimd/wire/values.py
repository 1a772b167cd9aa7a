"""Values that are neither structs nor made of others."""

from __future__ import annotations

import json
import operator
import struct
from collections.abc import Callable, Mapping
from typing import Any

from ..vectors import Values, Vectors
from .kind import Cursor, Kind, WireError, pack_uint


class _Bool(Kind[bool]):
    name = "bool"

    def pack(self, value: Any, out: bytearray) -> None:
        out.append(self.to_json(value))

    def unpack(self, body: Cursor) -> bool:
        byte = body.byte()
        if byte > 1:
            raise WireError(f"{byte} is neither 0 nor 1")
        return byte == 1

    def to_json(self, value: Any) -> bool:
        return self.from_json(value)

    def from_json(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise unexpected(value, "true or false")
        return value


class _Uint(Kind[int]):
    name = "uint"

    def pack(self, value: Any, out: bytearray) -> None:
        pack_uint(self.to_json(value), out)

    def unpack(self, body: Cursor) -> int:
        return body.uint()

    def to_json(self, value: Any) -> int:
        try:
            # Whole numbers of numpy, too.
            return self.from_json(value if isinstance(value, bool) else operator.index(value))
        except TypeError:
            raise unexpected(value, "a whole number") from None

    def from_json(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 64:
            raise unexpected(value, "a whole number of at most 64 bits")
        return value


class _Float(Kind[float]):
    """A number of four or eight bytes. What JSON says in decimals is rounded to what the bytes would be."""

    def __init__(self, name: str, letter: str) -> None:
        self.name = name
        self._layout = struct.Struct(f"<{letter}")

    def pack(self, value: Any, out: bytearray) -> None:
        try:
            out += self._layout.pack(self._checked(value))
        except OverflowError:
            raise WireError(f"{value} is no {self.name}") from None

    def unpack(self, body: Cursor) -> float:
        number: float = self._layout.unpack(body.take(self._layout.size))[0]
        return number

    def to_json(self, value: Any) -> float:
        return self._checked(value)

    def from_json(self, value: Any) -> float:
        packed = bytearray()
        self.pack(value, packed)
        return self.unpack(Cursor(packed))

    @staticmethod
    def _checked(value: Any) -> float:
        # Numbers of numpy have __float__; so have texts not.
        if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
            raise unexpected(value, "a number")
        return float(value)


class _Text(Kind[str]):
    name = "text"

    def pack(self, value: Any, out: bytearray) -> None:
        try:
            encoded = self.to_json(value).encode()
        except UnicodeEncodeError as error:
            raise WireError(f"no UTF-8: {error.reason}") from None
        pack_uint(len(encoded), out)
        out += encoded

    def unpack(self, body: Cursor) -> str:
        try:
            return body.take(body.uint()).decode()
        except UnicodeDecodeError as error:
            raise WireError(f"no UTF-8: {error.reason}") from None

    def to_json(self, value: Any) -> str:
        return self.from_json(value)

    def from_json(self, value: Any) -> str:
        if not isinstance(value, str):
            raise unexpected(value, "a text")
        return value


class _Json(Kind[Any]):
    """What has an inside that users name: a text of JSON in the compact form."""

    name = "json"

    def pack(self, value: Any, out: bytearray) -> None:
        TEXT.pack(dumped(value), out)

    def unpack(self, body: Cursor) -> Any:
        return loaded(TEXT.unpack(body))

    def to_json(self, value: Any) -> Any:
        return value

    def from_json(self, value: Any) -> Any:
        return value

    def to_flat(self, value: Any) -> dict[str, Any]:
        return dict(value)

    def from_flat(self, around: Mapping[str, Any], others: frozenset[str]) -> Any:
        return {name: value for name, value in around.items() if name not in others}


class _Pair(Kind[tuple[int, int]]):
    name = "pair"

    def pack(self, value: Any, out: bytearray) -> None:
        for number in self.from_json(value):
            UINT.pack(number, out)

    def unpack(self, body: Cursor) -> tuple[int, int]:
        return body.uint(), body.uint()

    def to_json(self, value: Any) -> list[int]:
        return list(self.from_json(value))

    def from_json(self, value: Any) -> tuple[int, int]:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise unexpected(value, "two numbers")
        return UINT.from_json(value[0]), UINT.from_json(value[1])


class _Vectors(Kind[Vectors]):
    """Token vectors: base64 in JSON, bytes in the compact form."""

    name = "vectors"
    _CODES: tuple[Values, ...] = ("f32", "f16")

    def pack(self, value: Any, out: bytearray) -> None:
        vectors = self._given(value)
        data = vectors.data
        for number in (self._CODES.index(vectors.values), vectors.rows, vectors.width, len(data)):
            pack_uint(number, out)
        out += data

    def unpack(self, body: Cursor) -> Vectors:
        code, rows, width = body.uint(), body.uint(), body.uint()
        if code >= len(self._CODES):
            raise WireError(f"{code} is neither 0, f32, nor 1, f16")
        return _checked(lambda: Vectors(body.take(body.uint()), rows, width, self._CODES[code]))

    def to_json(self, value: Any) -> dict[str, Any]:
        return self._given(value).to_json()

    def from_json(self, value: Any) -> Vectors:
        return _checked(lambda: Vectors.from_json(value))

    @staticmethod
    def _given(value: Any) -> Vectors:
        return _checked(lambda: Vectors.of(value))


def dumped(value: Any) -> str:
    """A value as a text of JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}") from None


def loaded(text: str | bytes) -> Any:
    """What a text of JSON says."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}") from None


def _checked(vectors: Callable[[], Vectors]) -> Vectors:
    try:
        return vectors()
    except WireError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise WireError(str(error)) from None


def unexpected(value: Any, expected: str) -> WireError:
    found = "nothing" if value is None else f"{value!r:.60}"
    return WireError(f"{found}, expected {expected}")


BOOL = _Bool()
UINT = _Uint()
SINGLE = _Float("f32", "f")
DOUBLE = _Float("f64", "d")
TEXT = _Text()
JSON = _Json()
PAIR = _Pair()
VECTORS = _Vectors()
