"""Collections, documents, operations and aliases against a daemon."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from maxsimd import Client, NotFound, Vectors

WIDTH = 8


def axis(number: int, values: Any = None) -> Vectors:
    return Vectors.of(np.eye(WIDTH, dtype=np.float32)[[number]], values)


def documents() -> Any:
    """A document for each axis."""
    return [
        {
            "id": f"d/{number}",
            "title": f"Axis {number}",
            "text": f"axis {number}",
            "vectors": axis(number),
            "metadata": {"number": number, "even": number % 2 == 0},
        }
        for number in range(WIDTH)
    ]


@pytest.fixture
def axes(client: Client, name: str) -> str:
    client.create(name=name, width=WIDTH, fields={"number": "integer"})
    client.upsert(name, documents(), wait="searchable")
    return name


def test_a_collection_lives_and_goes(client: Client, name: str) -> None:
    created = client.create(name=name, width=WIDTH, bits=4, fields={"year": "integer"}, keep_vectors=True)
    assert created.name == name and created.failure is None and created.description
    assert (created.description.width, created.description.bits, created.description.router) == (WIDTH, 4, None)
    assert created.description.fields == {"year": "integer"}
    assert client.collection(name) == created
    assert name in [collection.name for collection in client.collections().collections]
    assert client.drop_collection(name) is None
    with pytest.raises(NotFound) as missing:
        client.collection(name)
    assert (missing.value.status, missing.value.code) == (404, "collection_not_found")


def test_documents_are_kept_replaced_and_deleted(client: Client, axes: str) -> None:
    stored = client.document(axes, "d/3")
    assert (stored.id, stored.title, stored.text, stored.passages) == ("d/3", "Axis 3", "axis 3", 1)
    assert stored.metadata == {"number": 3, "even": False}
    change = client.upsert(axes, [{"id": "d/3", "text": "other", "vectors": axis(3)}], wait="searchable")
    assert (change.accepted, change.ids) == (1, []) and change.generation is not None
    assert client.document(axes, "d/3").text == "other"
    client.delete(axes, ids=["d/3", "absent"], wait="searchable")
    with pytest.raises(NotFound, match="document_not_found"):
        client.document(axes, "d/3")
    client.delete(axes, filter="number < 2", wait="searchable")
    client.delete(axes, filter={"field": "number", "op": "=", "value": 7}, wait="searchable")
    compacted = client.compact(axes).description
    assert compacted and (compacted.documents, compacted.deleted_passages) == (4, 0)


def test_a_change_can_be_asked_for(client: Client, axes: str) -> None:
    change = client.upsert(axes, [{"text": "no id", "vectors": axis(0)}])
    assert change.accepted == 1 and len(change.ids) == 1 and change.generation is None
    operation = client.operation(change.operation)
    assert (operation.operation, operation.collection, operation.documents) == (change.operation, axes, 1)
    assert operation.state in ("pending", "done") and operation.error is None
    again = client.upsert(axes, [{"text": "no id", "vectors": axis(0)}], wait="searchable")
    assert again.ids == change.ids
    assert client.operation(change.operation).state == "done"


def test_a_key_makes_a_change_one_change(client: Client, axes: str) -> None:
    change = [client.upsert(axes, documents()[:2], idempotency_key=f"key-{axes}").operation for _ in range(2)]
    assert change[0] == change[1]


@pytest.mark.parametrize("id", ["..", ".", "a/b", "ü?#% +&=", "a.b", "%2e"])
def test_any_name_of_a_document_is_a_name(client: Client, axes: str, id: str) -> None:
    client.upsert(axes, [{"id": id, "text": "named", "vectors": axis(1)}], wait="searchable")
    assert client.document(axes, id).id == id


def test_vectors_of_all_kinds_are_documents(client: Client, axes: str) -> None:
    given: list[Any] = [[[1.0] + [0.0] * 7], np.eye(8)[:1], np.eye(8, dtype=np.float16)[:1], axis(0, "f16")]
    client.upsert(axes, [{"id": f"v{at}", "vectors": vectors} for at, vectors in enumerate(given)], wait="searchable")
    hits = client.search(axes, vectors=axis(0), k=5).hits
    assert {hit.document_id for hit in hits} == {"d/0", "v0", "v1", "v2", "v3"}
    assert len({hit.score for hit in hits}) == 1


def test_an_alias_stands_for_a_collection(client: Client, axes: str) -> None:
    alias = f"live-{axes}"
    assert client.set_alias(alias, axes).collection == axes
    assert client.aliases().aliases[alias] == axes
    assert client.document(alias, "d/1").id == "d/1"
    with pytest.raises(Exception, match="aliased"):
        client.drop_collection(axes)
    assert client.remove_alias(alias) is None
    assert alias not in client.aliases().aliases


def test_a_snapshot_is_a_stream(client: Client, axes: str) -> None:
    out = io.BytesIO()
    assert client.snapshot(axes, out) == len(out.getvalue()) > 1000
    with pytest.raises(NotFound):
        client.snapshot("absent", out)


def test_layers_are_counted(client: Client, axes: str) -> None:
    layers = client.layers(axes)
    assert (layers.trees, layers.across) == (0, None)


def test_a_daemon_says_how_it_is(client: Client) -> None:
    assert client.live().live
    ready = client.ready()
    assert (ready.ready, ready.draining, ready.encoder, ready.collections.failing) == (True, False, "absent", [])
    assert client.version().name == "maxsimd"
    assert "maxsimd_build_info" in client.metrics()
    techniques = client.techniques()
    assert techniques.auto in [technique.name for technique in techniques.techniques]
    assert isinstance(techniques.techniques[0].knobs, list)
