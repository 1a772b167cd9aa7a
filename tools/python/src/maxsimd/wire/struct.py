"""Structs: what the annotations of a dataclass or a TypedDict say."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

from .annotations import FLAT
from .containers import ListOf, Option
from .kind import Cursor, Kind, WireError
from .values import BOOL, TEXT

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct."""

    key: str
    """In Python."""
    name: str
    """On the wire: the same, but where Python keeps the word for itself."""
    kind: Kind[Any]
    flat: bool


class Struct(Kind[T]):
    """One field after the other, in the order in which they are declared."""

    def __init__(self, of: type[T]) -> None:
        self.of = of
        self.name = of.__name__
        self._dict = is_typeddict(of)
        # Of a TypedDict, what may be left out is optional on the wire.
        optional: frozenset[str] = getattr(of, "__optional_keys__", frozenset())
        hints = get_type_hints(of, include_extras=True)
        self.fields = [_field(key, hint, key in optional) for key, hint in hints.items()]
        self._names = frozenset(field.name for field in self.fields if not field.flat)
        self._keys = frozenset(field.key for field in self.fields)

    def pack(self, value: Any, out: bytearray) -> None:
        given = self._given(value)
        for field in self.fields:
            try:
                field.kind.pack(given.get(field.key), out)
            except WireError as error:
                raise error.inside(field.name) from None

    def unpack(self, body: Cursor) -> T:
        read: dict[str, Any] = {}
        for field in self.fields:
            try:
                read[field.key] = field.kind.unpack(body)
            except WireError as error:
                raise error.inside(field.name) from None
        return self._made(read)

    def to_json(self, value: Any) -> dict[str, Any]:
        given, written = self._given(value), {}
        for field in self.fields:
            try:
                if field.flat:
                    written.update(field.kind.to_flat(given.get(field.key)))
                elif given.get(field.key) is not None or not isinstance(field.kind, Option):
                    written[field.name] = field.kind.to_json(given.get(field.key))
            except WireError as error:
                raise error.inside(field.name) from None
        return written

    def from_json(self, value: Any) -> T:
        if not isinstance(value, dict):
            raise WireError("expected an object")
        read: dict[str, Any] = {}
        for field in self.fields:
            try:
                if field.flat:
                    read[field.key] = field.kind.from_flat(value, self._names)
                else:
                    read[field.key] = field.kind.from_json(value.get(field.name))
            except WireError as error:
                raise error if field.flat else error.inside(field.name) from None
        return self._made(read)

    def stands_in(self, around: Mapping[str, Any]) -> bool:
        return self.fields[0].name in around

    def to_flat(self, value: Any) -> dict[str, Any]:
        return self.to_json(value)

    def from_flat(self, around: Mapping[str, Any], others: frozenset[str]) -> T:
        return self.from_json({name: value for name, value in around.items() if name not in others})

    def _given(self, value: Any) -> Mapping[str, Any]:
        if not self._dict:
            return {field.key: getattr(value, field.key) for field in self.fields}
        if not isinstance(value, Mapping):
            raise WireError(f"{value!r:.60}, expected a dict")
        unknown = value.keys() - self._keys
        if unknown:
            raise WireError(f"no such field; there are {', '.join(sorted(self._keys))}", str(min(unknown)))
        return value

    def _made(self, read: dict[str, Any]) -> T:
        if self._dict:
            read = {key: value for key, value in read.items() if value is not None}
        return self.of(**read)


_KNOWN: dict[type[Any], Struct[Any]] = {}


def struct(of: type[T]) -> Struct[T]:
    """How a class is written and read."""
    if of not in _KNOWN:
        _KNOWN[of] = Struct(of)
    return _KNOWN[of]


def _field(key: str, hint: Any, optional: bool) -> Field:
    kind = _kind(hint)
    flat = get_origin(hint) is Annotated and FLAT in get_args(hint)[1:]
    return Field(key, key.rstrip("_"), Option(kind) if optional else kind, flat)


def _kind(hint: Any) -> Kind[Any]:
    """The kind of value that an annotation stands for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        found = [extra for extra in arguments[1:] if isinstance(extra, Kind)]
        return found[0] if found else _kind(arguments[0])
    if origin in (Union, types.UnionType):
        (of,) = (argument for argument in arguments if argument is not types.NoneType)
        return Option(_kind(of))
    if origin is list or origin is Sequence:
        return ListOf(_kind(arguments[0]))
    if hint is str or origin is Literal:
        return TEXT
    if hint is bool:
        return BOOL
    if dataclasses.is_dataclass(hint) or is_typeddict(hint):
        return struct(hint)
    raise TypeError(f"{hint!r} has no kind")
