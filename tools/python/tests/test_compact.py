"""The compact form, byte for byte."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import random
from typing import Any

import pytest

from maxsimd import Vectors
from maxsimd.bodies import AnswerReply, CollectionBody, CreateBody, EncodeReply, SearchAnswer, SearchBody, UpsertBody
from maxsimd.wire import COMPACT, JSON, Struct, WireError, struct
from maxsimd.wire.containers import ListOf, Option
from maxsimd.wire.kind import Cursor, Kind, pack_uint

SEARCH: SearchBody = {
    "vectors": Vectors.of([[1, 0], [0, -1]], "f16"),
    "k": 300,
    "mode": "late",
    "min_score": 1.5,
    "include": [],
}


def shown(protocol: str, what: str) -> bytes:
    """The bytes of a block of the protocol: in each line, what stands before a gap of three spaces."""
    block = protocol.partition(what)[2].split("```")[1]
    return bytes.fromhex("".join(line.partition("   ")[0] for line in block.splitlines()))


def test_a_search_is_the_bytes_that_the_protocol_shows(protocol: str) -> None:
    assert COMPACT.write(struct(SearchBody), SEARCH) == shown(protocol, "A search for two vectors")


def test_a_reply_is_read_from_the_bytes_that_the_protocol_shows(protocol: str) -> None:
    body = shown(protocol, "A reply with one hit")
    reply = COMPACT.read(struct(SearchAnswer), body)
    (hit,) = reply.hits
    assert (hit.passage_id, hit.document_id, hit.kind, hit.score) == ("n1#0", "n1", "passage", 1.75)
    assert (hit.title, hit.text, hit.end, hit.metadata) == ("Rotation", None, 52, {"year": 2026})
    assert (reply.generation, reply.certified, reply.timings.score_us, reply.timings.fetch_us) == (3, True, 70_000, 12)
    assert COMPACT.write(struct(SearchAnswer), reply) == body


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "00"),
        (250, "fa"),
        (251, "fbfb00"),
        (0xFFFF, "fbffff"),
        (0x10000, "fc00000100"),
        (0xFFFF_FFFF, "fcffffffff"),
        (0x1_0000_0000, "fd0000000001000000"),
        (0xFFFF_FFFF_FFFF_FFFF, "fd" + "ff" * 8),
    ],
)
def test_whole_numbers_take_as_few_bytes_as_they_need(number: int, written: str) -> None:
    out = bytearray()
    pack_uint(number, out)
    assert out.hex() == written
    assert Cursor(out).uint() == number


def some(kind: Kind[Any], draw: random.Random) -> Any:
    """Any value of a kind."""
    if isinstance(kind, Struct):
        values = {field.key: some(field.kind, draw) for field in kind.fields}
        if dataclasses.is_dataclass(kind.of):
            return kind.of(**values)
        return {key: value for key, value in values.items() if value is not None}
    if isinstance(kind, Option):
        return some(kind.of, draw) if draw.random() < 0.7 else None
    if isinstance(kind, ListOf):
        return [some(kind.of, draw) for _ in range(draw.randrange(3))]
    texts = ["", "é", "a" * 300, '\x00\n"', "日本"]
    values = {
        "bool": draw.random() < 0.5,
        "uint": draw.choice([0, 250, 251, 70_000, (1 << 64) - 1, draw.getrandbits(40)]),
        "f32": draw.choice([0.0, -1.75, 0.1, draw.gauss(0, 100)]),
        "f64": draw.choice([0.0, -1.75, 0.1, draw.gauss(0, 100)]),
        "text": draw.choice(texts),
        "list text": draw.sample(texts, 2),
        "json": {"year": 2026, "é": [None, True, 0.5, {"a": "b"}]},
        "pair": (draw.getrandbits(9), draw.getrandbits(33)),
        "vectors": Vectors.of([[0.6, 0.8], [0, 1]], draw.choice(["f16", "f32"])),
    }
    value = values[kind.name]
    # What is a float here is one that its bytes hold.
    return kind.from_json(value) if kind.name == "f32" else value


@pytest.mark.parametrize(
    "body", [SearchBody, SearchAnswer, CreateBody, CollectionBody, AnswerReply, EncodeReply, UpsertBody]
)
def test_what_is_written_is_read_back_in_both_forms(body: type[Any]) -> None:
    kind = struct(body)
    for seed in range(50):
        value = some(kind, random.Random(seed))
        for form in (JSON, COMPACT):
            assert form.read(kind, form.write(kind, value)) == value, (seed, form)


def test_a_reply_that_is_not_what_it_says_is_refused_by_place() -> None:
    kind = struct(SearchAnswer)
    whole = COMPACT.write(kind, some(kind, random.Random(1)))
    for length in range(len(whole)):
        with pytest.raises(WireError):
            COMPACT.read(kind, whole[:length])
    for bad in (whole + b"\0", b"\2" + whole[1:], b"", b"\1\1\xff"):
        with pytest.raises(WireError):
            COMPACT.read(kind, bad)
    with pytest.raises(WireError, match=r"^hits\[0\]\.passage_id: the body ends early"):
        COMPACT.read(kind, bytes([1, 1, 253, 255, 255, 255, 255, 255, 255, 255, 127]))
    with pytest.raises(WireError, match=r"^hits\[0\]\.document_id: 7 is neither 0 nor 1"):
        COMPACT.read(kind, bytes([1, 1, 0, 7]))
    with pytest.raises(WireError, match=r"^hits\[0\]\.score: nothing, expected a number"):
        JSON.read(kind, b'{"hits":[{"passage_id":"","kind":"passage","layer":0,"tokens":0}]}')
    with pytest.raises(WireError, match="expected an object"):
        JSON.read(kind, b"[]")


def test_no_bytes_are_more_than_an_error() -> None:
    kind = struct(SearchAnswer)
    draw = random.Random(7)
    whole = COMPACT.write(kind, some(kind, draw))
    for _ in range(2000):
        broken = bytearray(whole)
        broken[draw.randrange(1, len(broken))] = draw.randrange(256)
        with contextlib.suppress(WireError):
            COMPACT.read(kind, bytes(broken))


@pytest.mark.parametrize(
    ("search", "place"),
    [
        ({"k": -1}, "k: -1"),
        ({"k": "ten"}, "k: 'ten'"),
        ({"k": True}, "k: True"),
        ({"k": 1 << 64}, "k: 1844"),
        ({"query": 7}, "query: 7"),
        ({"query": "\ud800"}, ""),
        ({"queries": "x"}, "queries: 'x'"),
        ({"queries": ["x", None]}, r"queries\[1\]: nothing"),
        ({"min_score": "1"}, "min_score: '1'"),
        ({"vectors": [[1.0], [1.0, 2.0]]}, "vectors: every row"),
        ({"vectors": "x"}, "vectors: 'x'"),
        ({"filter": {"a": object()}}, ""),
        ({"limit": 3}, "limit: no such field"),
    ],
)
def test_a_value_that_cannot_be_written_names_its_field(search: Any, place: str) -> None:
    for form in (JSON, COMPACT):
        with pytest.raises(WireError, match=f"^{place}"):
            form.write(struct(SearchBody), search)


def test_numbers_that_are_no_numbers_have_no_json() -> None:
    with pytest.raises(WireError):
        JSON.write(struct(SearchBody), {"min_score": math.nan})
    assert COMPACT.write(struct(SearchBody), {"min_score": math.nan})
