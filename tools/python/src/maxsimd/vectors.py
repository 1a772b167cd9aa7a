"""Token vectors as they travel: packed values, row after row. numpy is welcome and not needed."""

from __future__ import annotations

import base64
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

Values = Literal["f32", "f16"]

_LETTERS = {"f32": "f", "f16": "e"}
_SIZES = {"f32": 4, "f16": 2}
# Formats of buffers that are packed already.
_NATIVE: dict[str, Values] = {"f": "f32", "e": "f16"} if sys.byteorder == "little" else {}
_PACKED: dict[str, Values] = {**_NATIVE, "<f": "f32", "<e": "f16"}


class SupportsArray(Protocol):
    """What numpy can take: its own arrays, and tensors of other libraries."""

    def __array__(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Vectors:
    """Rows of a width, as little-endian f32 or f16."""

    data: bytes
    rows: int
    width: int
    values: Values = "f32"

    def __post_init__(self) -> None:
        if self.values not in _SIZES:
            raise ValueError(f"values are f32 or f16, not {self.values!r}")
        needed = self.rows * self.width * _SIZES[self.values]
        if len(self.data) != needed:
            raise ValueError(f"{len(self.data)} bytes, the shape needs {needed}")

    @classmethod
    def of(cls, rows: VectorsLike, values: Values | None = None) -> Vectors:
        """Packs an array of two dimensions or a list of rows. Arrays of f16 stay f16, all else becomes f32 unless
        `values` says otherwise."""
        packed = rows if isinstance(rows, Vectors) else _packed(rows)
        if values is None or packed.values == values:
            return packed
        flat = struct.pack(f"<{packed.rows * packed.width}{_LETTERS[values]}", *packed._flat())
        return cls(flat, packed.rows, packed.width, values)

    @classmethod
    def from_json(cls, value: Any) -> Vectors:
        """Reads any of the three forms that JSON has for vectors."""
        if isinstance(value, list):
            return cls.of(value)
        if isinstance(value, dict) and "shape" in value:
            rows, width = value["shape"]
            if "f16" in value:
                return cls(base64.b64decode(value["f16"], validate=True), rows, width, "f16")
            if "f32" in value:
                return cls(base64.b64decode(value["f32"], validate=True), rows, width, "f32")
        raise ValueError("neither a list of rows nor an object of shape and f16 or f32")

    def to_json(self) -> dict[str, Any]:
        """As base64, without digits."""
        return {self.values: base64.b64encode(self.data).decode("ascii"), "shape": [self.rows, self.width]}

    def tolist(self) -> list[list[float]]:
        """The rows as numbers."""
        flat, width = self._flat(), self.width
        return [list(flat[at * width : (at + 1) * width]) for at in range(self.rows)]

    def numpy(self) -> np.ndarray[tuple[int, int], Any]:
        """The rows as a read-only array of numpy, in place."""
        import numpy as np

        flat: np.ndarray[Any, Any] = np.frombuffer(self.data, f"<f{_SIZES[self.values]}")
        return flat.reshape(self.rows, self.width)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        return array.astype(dtype) if dtype is not None or copy else array

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        return f"Vectors({self.rows} x {self.width}, {self.values})"

    def _flat(self) -> tuple[float, ...]:
        return struct.unpack(f"<{self.rows * self.width}{_LETTERS[self.values]}", self.data)


VectorsLike = Vectors | Sequence[Sequence[float]] | SupportsArray


def _packed(rows: Any) -> Vectors:
    return _buffer(rows) or _array(rows) or _lists(rows)


def _buffer(rows: Any) -> Vectors | None:
    """What lies in memory as it travels, without numpy."""
    try:
        view = memoryview(rows)
    except TypeError:
        return None
    if view.shape is None or len(view.shape) != 2 or view.format not in _PACKED:
        return None
    return Vectors(view.tobytes(), view.shape[0], view.shape[1], _PACKED[view.format])


def _array(rows: Any) -> Vectors | None:
    """What numpy makes an array of."""
    if not hasattr(rows, "__array__"):
        return None
    import numpy as np

    array = np.asarray(rows)
    if array.ndim != 2:
        raise ValueError(f"an array of {array.ndim} dimensions, two are needed: one row for each token")
    values: Values = "f16" if array.dtype == np.float16 else "f32"
    return Vectors(array.astype(f"<f{_SIZES[values]}").tobytes(), array.shape[0], array.shape[1], values)


def _lists(rows: Any) -> Vectors:
    if isinstance(rows, (str, bytes)) or not isinstance(rows, Sequence):
        raise TypeError(f"{rows!r:.60}, expected rows of numbers")
    given = [[float(value) for value in row] for row in rows]
    width = len(given[0]) if given else 0
    if any(len(row) != width for row in given):
        raise ValueError("every row needs as many values as the first")
    flat = [value for row in given for value in row]
    return Vectors(struct.pack(f"<{len(flat)}f", *flat), len(given), width)
