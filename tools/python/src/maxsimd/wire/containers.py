"""Kinds that are made of others: what may be absent, and lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from .kind import Cursor, Kind, WireError, pack_uint
from .values import TEXT, unexpected

T = TypeVar("T")


class Option(Kind[Any]):
    """Something that may be absent: None."""

    def __init__(self, of: Kind[Any]) -> None:
        self.of = of
        self.name = f"option {of.name}"

    def pack(self, value: Any, out: bytearray) -> None:
        out.append(value is not None)
        if value is not None:
            self.of.pack(value, out)

    def unpack(self, body: Cursor) -> Any:
        present = body.byte()
        if present > 1:
            raise WireError(f"{present} is neither 0 nor 1")
        return self.of.unpack(body) if present else None

    def to_json(self, value: Any) -> Any:
        return None if value is None else self.of.to_json(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else self.of.from_json(value)

    def to_flat(self, value: Any) -> dict[str, Any]:
        return {} if value is None else self.of.to_flat(value)

    def from_flat(self, around: Mapping[str, Any], others: frozenset[str]) -> Any:
        return self.of.from_flat(around, others) if self.of.stands_in(around) else None


class ListOf(Kind[list[T]]):
    """Any number of the same kind; absent in JSON if there are none."""

    def __init__(self, of: Kind[T]) -> None:
        self.of = of
        self.name = f"list {of.name}"

    def pack(self, value: Any, out: bytearray) -> None:
        items = self._items(value)
        pack_uint(len(items), out)
        _each(lambda item: self.of.pack(item, out), items)

    def unpack(self, body: Cursor) -> list[T]:
        return _each(lambda _: self.of.unpack(body), range(body.uint()))

    def to_json(self, value: Any) -> list[Any]:
        return _each(self.of.to_json, self._items(value))

    def from_json(self, value: Any) -> list[T]:
        if value is not None and not isinstance(value, list):
            raise unexpected(value, "a list")
        return _each(self.of.from_json, value or [])

    @staticmethod
    def _items(value: Any) -> Sequence[Any]:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            raise unexpected(value, "a list")
        return value


def _each(convert: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
    """What becomes of each item; what fails says which it was."""
    converted = []
    for at, item in enumerate(items):
        try:
            converted.append(convert(item))
        except WireError as error:
            raise error.inside(f"[{at}]") from None
    return converted


class _Texts(Kind[Any]):
    """A text by itself is a list of one."""

    name = "list text"

    def pack(self, value: Any, out: bytearray) -> None:
        _SEVERAL.pack(self._several(value), out)

    def unpack(self, body: Cursor) -> list[str]:
        return _SEVERAL.unpack(body)

    def to_json(self, value: Any) -> list[str]:
        return _SEVERAL.to_json(self._several(value))

    def from_json(self, value: Any) -> list[str]:
        return _SEVERAL.from_json(self._several(value))

    @staticmethod
    def _several(value: Any) -> Any:
        return [value] if isinstance(value, str) else value


_SEVERAL = ListOf(TEXT)
TEXTS = _Texts()
