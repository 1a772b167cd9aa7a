"""Token vectors of many origins."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
import pytest

from maxsimd import Vectors

ROWS = [[1.0, -0.5, 0.25], [0.0, 2.0, -3.0]]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (ROWS, "f32"),
        (tuple(tuple(row) for row in ROWS), "f32"),
        ([array.array("d", row) for row in ROWS], "f32"),
        (np.array(ROWS), "f32"),
        (np.array(ROWS, np.float32), "f32"),
        (np.array(ROWS, np.float16), "f16"),
        (np.array(ROWS, ">f4"), "f32"),
        (np.asfortranarray(np.array(ROWS, np.float32)), "f32"),
        (np.array(ROWS, np.float32)[:, ::-1][:, ::-1], "f32"),
        (memoryview(np.array(ROWS, np.float32).data), "f32"),
        (list(np.array(ROWS)), "f32"),
        (Vectors.of(ROWS), "f32"),
    ],
)
def test_what_holds_rows_of_numbers_is_packed(given: Any, values: str) -> None:
    vectors = Vectors.of(given)
    assert (vectors.rows, vectors.width, vectors.values) == (2, 3, values)
    assert vectors.tolist() == ROWS
    assert np.array_equal(vectors.numpy(), ROWS)
    assert np.asarray(vectors, np.float64).dtype == np.float64
    assert len(vectors) == 2


def test_f16_is_for_those_who_ask() -> None:
    narrow = Vectors.of(ROWS, "f16")
    assert (narrow.values, len(narrow.data), narrow.tolist()) == ("f16", 12, ROWS)
    assert Vectors.of(narrow) is narrow
    assert Vectors.of(narrow, "f32") == Vectors.of(ROWS)


def test_json_has_three_forms_of_them() -> None:
    for values in ("f32", "f16"):
        vectors = Vectors.of(ROWS, values)
        assert Vectors.from_json(vectors.to_json()) == vectors
    assert Vectors.from_json(ROWS) == Vectors.of(ROWS)
    shape = {"shape": [1, 1]}
    for bad in ({"f32": "AAAAAA=="}, {"f32": "AAAA", **shape}, {"f64": "AAAAAA==", **shape}, {"f32": "%", **shape}, 7):
        with pytest.raises(ValueError):
            Vectors.from_json(bad)


@pytest.mark.parametrize(
    "bad", [[1.0, 2.0], [[1.0], [1.0, 2.0]], np.zeros(3), np.zeros((1, 2, 3)), "ab", 3, [["a"]], [[1e39]]]
)
def test_what_is_no_rows_of_numbers_is_refused(bad: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        Vectors.of(bad)
