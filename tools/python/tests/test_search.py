"""Searches by vectors against a daemon."""

from __future__ import annotations

import numpy as np
import pytest

from maxsimd import Client
from test_collections import WIDTH, axes, axis, documents

__all__ = ["axes"]


@pytest.mark.parametrize("values", ["f32", "f16", None])
def test_the_nearest_is_found(client: Client, axes: str, values: str | None) -> None:
    vectors = axis(5, values) if values else axis(5).tolist()
    reply = client.search(axes, vectors=vectors, k=3)
    hit = reply.hits[0]
    assert (hit.document_id, hit.passage_id, hit.kind, hit.layer) == ("d/5", "d/5#0", "passage", 0)
    assert (hit.text, hit.title, hit.tokens, hit.query) == ("axis 5", "Axis 5", 1, 0)
    assert hit.metadata == {"number": 5, "even": False}
    assert (hit.leaves, hit.pieces, hit.legs, hit.explain) == ([], [], None, None)
    assert 0.8 < hit.score < 1.2 and hit.score == float(np.float32(hit.score))
    assert reply.certified and not reply.partial and (reply.degraded, reply.pruning, reply.explain) == ([], None, None)
    assert len(reply.hits) == 3 and reply.generation > 0


def test_hits_are_those_that_pass_the_filter(client: Client, axes: str) -> None:
    reply = client.search(axes, vectors=np.eye(WIDTH)[:3], k=20, filter="number >= 4 and even", mode="exhaustive")
    assert {hit.document_id for hit in reply.hits} == {"d/4", "d/6"}
    assert reply.applied_filter == "number >= 4 and even = true"
    as_json = client.search(axes, vectors=axis(0), filter={"field": "number", "op": "<", "value": 1})
    assert [hit.document_id for hit in as_json.hits] == ["d/0"]


def test_what_is_not_wished_is_not_there(client: Client, axes: str) -> None:
    hit = client.search(axes, vectors=axis(2), k=1, include=[]).hits[0]
    assert (hit.text, hit.metadata) == (None, None)
    hit = client.search(axes, vectors=axis(2), k=1, include=["text"]).hits[0]
    assert (hit.text, hit.metadata) == ("axis 2", None)


def test_a_search_explains_itself(client: Client, axes: str) -> None:
    reply = client.search(axes, vectors=np.eye(WIDTH)[:2], k=1, explain=True, min_score=-1.0, deadline_ms=5000)
    matches = reply.hits[0].explain
    assert matches and [match.query_token for match in matches] == [0, 1]
    assert reply.explain and reply.explain.scored_passages == WIDTH


def test_words_are_found(client: Client, axes: str) -> None:
    reply = client.search(axes, query="axis 6", mode="bm25", k=1)
    assert reply.hits[0].document_id == "d/6"
    reply = client.search(axes, query="axis 6", mode="hybrid", k=1)
    assert reply.hits[0].legs and reply.hits[0].legs.bm25 and reply.hits[0].legs.bm25.rank == 1
    assert reply.degraded[0].stage == "late"


def test_both_forms_say_the_same(served_twice: tuple[Client, Client], name: str) -> None:
    one, other = served_twice
    one.create(name=name, width=WIDTH)
    one.upsert(name, documents(), wait="searchable")
    query = np.random.default_rng(3).normal(size=(4, WIDTH)).astype(np.float32)
    query /= np.linalg.norm(query, axis=1, keepdims=True)
    assert one.search(name, vectors=query, explain=True).hits == other.search(name, vectors=query, explain=True).hits
    assert one.collection(name) == other.collection(name)
    assert one.techniques() == other.techniques()


def test_a_filter_is_read(client: Client, axes: str) -> None:
    read = client.parse_filter(filter="year >= 2020 and not draft", fields={"year": "integer", "draft": "boolean"})
    assert read.text == "year >= 2020 and not draft = true"
    assert read.filter["and"][0] == {"field": "year", "op": ">=", "value": 2020}
    assert client.parse_filter(filter=read.filter, fields={"year": "integer", "draft": "boolean"}) == read
    assert client.parse_filter(filter="number = 1", collection=axes).text == "number = 1"
