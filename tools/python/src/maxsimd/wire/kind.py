"""What a kind of value is: a name in layouts, and how both forms write and read it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class WireError(ValueError):
    """A value that cannot be written or read, and where it stands."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place

    def inside(self, part: str) -> WireError:
        """The same, seen from the struct or list around it."""
        joint = "" if not self.place or self.place.startswith("[") else "."
        return WireError(self.reason, f"{part}{joint}{self.place}")


class Cursor:
    """Bytes of the compact form, and how far they are read."""

    __slots__ = ("_at", "_bytes")

    def __init__(self, body: bytes | bytearray) -> None:
        self._bytes = bytes(body)
        self._at = 0

    def byte(self) -> int:
        """The next byte."""
        try:
            byte = self._bytes[self._at]
        except IndexError:
            raise WireError("the body ends early") from None
        self._at += 1
        return byte

    def take(self, count: int) -> bytes:
        """So many bytes, if they are there."""
        end = self._at + count
        if end > len(self._bytes):
            raise WireError("the body ends early")
        taken = self._bytes[self._at : end]
        self._at = end
        return taken

    def uint(self) -> int:
        """A whole number of one, three, five or nine bytes."""
        first = self.byte()
        if first <= 250:
            return first
        if first > 253:
            raise WireError(f"{first} begins no number of at most 64 bits")
        return int.from_bytes(self.take(1 << (first - 250)), "little")

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._bytes)


def pack_uint(value: int, out: bytearray) -> None:
    """Writes a whole number in as few bytes as it takes."""
    if value <= 250:
        out.append(value)
        return
    for first, size in ((251, 2), (252, 4), (253, 8)):
        if value < 1 << (8 * size):
            out.append(first)
            out += value.to_bytes(size, "little")
            return
    raise WireError(f"{value} has more than 64 bits")


class Kind(ABC, Generic[T]):
    """A kind of value."""

    name: str
    """What layouts call it."""

    @abstractmethod
    def pack(self, value: Any, out: bytearray) -> None:
        """Writes a value in the compact form."""

    @abstractmethod
    def unpack(self, body: Cursor) -> T:
        """Reads a value of the compact form."""

    @abstractmethod
    def to_json(self, value: Any) -> Any:
        """A value as JSON has it."""

    @abstractmethod
    def from_json(self, value: Any) -> T:
        """Reads a value of JSON; None if there was none."""

    def stands_in(self, around: Mapping[str, Any]) -> bool:
        """Whether its fields are among others."""
        return True

    def to_flat(self, value: Any) -> dict[str, Any]:
        """The fields that stand among those around them in JSON."""
        raise TypeError(f"{self.name} has no fields")

    def from_flat(self, around: Mapping[str, Any], others: frozenset[str]) -> T:
        """Reads fields that stand among `others`."""
        raise TypeError(f"{self.name} has no fields")
