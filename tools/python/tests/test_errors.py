"""What is refused, by whom, and what is tried again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from conftest import made
from maxsimd import (
    Client,
    Conflict,
    InvalidRequest,
    NotFound,
    Overloaded,
    TimedOut,
    Unavailable,
    Unreachable,
    Unreadable,
    Unwritable,
)
from serving import Served
from test_collections import WIDTH, axes, axis, documents

__all__ = ["axes"]


def test_a_problem_names_its_field(client: Client, axes: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        client.search(axes, vectors=axis(0), k=0)
    error = refused.value
    assert (error.status, error.code, error.field, error.position) == (422, "invalid_field", "k", None)
    assert error.request_id and "1000" in error.detail and error.retry_after is None
    with pytest.raises(InvalidRequest) as refused:
        client.search(axes, vectors=[[1.0, 0.0]])
    assert (refused.value.code, refused.value.field) == ("width_mismatch", "vectors")
    with pytest.raises(InvalidRequest) as refused:
        client.search(axes, vectors=axis(0), filter="year = 2020")
    assert (refused.value.field, refused.value.position) == ("filter", 0)
    with pytest.raises(InvalidRequest) as refused:
        client.upsert(axes, [{"id": "a"}])
    assert refused.value.field == "documents[0].text"


def test_kinds_of_failure_are_kinds_of_errors(client: Client, axes: str) -> None:
    with pytest.raises(NotFound, match="collection_not_found"):
        client.search("absent", vectors=axis(0))
    with pytest.raises(NotFound, match="operation_not_found"):
        client.operation(f"{axes}.999")
    with pytest.raises(NotFound, match="alias_not_found"):
        client.remove_alias("absent")
    with pytest.raises(Conflict, match="collection_exists"):
        client.create(name=axes, width=WIDTH)
    with pytest.raises(Unavailable, match="encoder_unavailable"):
        client.search(axes, query="text")
    with pytest.raises(Unavailable, match="encoder_unavailable") as refused:
        client.embeddings(input="text")
    assert refused.value.request_id
    with pytest.raises(NotFound, match="model_not_found"):
        client.model("absent")


def test_what_cannot_be_written_is_not_sent(client: Client, axes: str) -> None:
    with pytest.raises(Unwritable, match=r"^k: 'ten', expected a whole number"):
        client.search(axes, vectors=axis(0), k=cast(Any, "ten"))
    with pytest.raises(Unwritable, match=r"^limit: no such field; there are certified, "):
        client.search(axes, **cast(Any, {"limit": 3}))
    with pytest.raises(Unwritable, match=r"^documents\[1\].vectors: every row"):
        client.upsert(axes, [{"text": "a"}, {"vectors": [[1.0], [1.0, 0.0]]}])
    with pytest.raises(Unwritable, match="answer_stream"):
        client.answer(question="?", collections=[axes], stream=True)


def test_where_nobody_listens_is_unreachable(kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for client in made(kind, f"http://127.0.0.1:{taken.getsockname()[1]}"):
            with pytest.raises(Unreachable):
                client.collections()


def test_a_timeout_is_one(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for client in made(kind, f"http://127.0.0.1:{silent.getsockname()[1]}"):
            with pytest.raises(TimedOut):
                client.patient(0.05).collections()


class Between(ThreadingHTTPServer):
    """Stands between client and daemon: refuses a number of requests, and hands on what comes after."""

    def __init__(self, daemon: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon = daemon.removeprefix("http://")
        self.refusals: list[tuple[int, dict[str, str], bytes]] = []
        self.seen: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Between

    def handle_any(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.server.seen.append((f"{self.command} {self.path}", headers))
        refusals = self.server.refusals
        status, replied, content = refusals.pop(0) if refusals else self.handed_on(headers, body)
        self.send_response(status)
        for name, value in {**replied, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def handed_on(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(self.server.daemon)
        connection.request(self.command, self.path, body, {**headers, "host": self.server.daemon})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        kept = ("content-type", "content-encoding", "x-request-id", "retry-after")
        return response.status, {name: value for name in kept if (value := response.headers.get(name))}, content

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def between(served: Served) -> Iterator[Between]:
    with Between(served.url) as between:
        thread = threading.Thread(target=between.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield between
        between.shutdown()
        thread.join()


FULL = (429, {"retry-after": "0", "content-type": "application/problem+json"}, b"{}")


def test_a_search_is_tried_again_when_the_daemon_says_so(kind: str, between: Between, axes: str) -> None:
    for client in made(kind, between.url):
        between.refusals = [FULL, (503, {"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, b"")]
        assert client.search(axes, vectors=axis(1), k=1).hits[0].document_id == "d/1"
        assert len(between.seen) == 3
        between.refusals = [FULL] * 3
        with pytest.raises(Overloaded) as refused:
            client.collections()
        assert (refused.value.retry_after, refused.value.status, len(between.refusals)) == (0.0, 429, 0)


def test_what_changes_something_is_not_tried_again_without_a_key(kind: str, between: Between, axes: str) -> None:
    for client in made(kind, between.url):
        between.refusals = [FULL]
        with pytest.raises(Overloaded):
            client.upsert(axes, documents()[:1])
        assert len(between.seen) == 1
        between.refusals = [FULL]
        assert client.upsert(axes, documents()[:1], idempotency_key=f"again-{axes}").accepted == 1
        assert [headers["idempotency-key"] for _, headers in between.seen[1:]] == [f"again-{axes}"] * 2


def test_what_is_too_long_or_not_said_is_not_waited_for(kind: str, between: Between) -> None:
    for client in made(kind, between.url):
        for headers in ({"retry-after": "3600"}, {}):
            between.refusals = [(503, headers, b"down for maintenance")]
            with pytest.raises(Unavailable, match="http_503: down for maintenance"):
                client.collections()
    assert len(between.seen) == 2


def test_what_something_in_between_says_is_told(kind: str, between: Between) -> None:
    for client in made(kind, between.url):
        between.refusals = [(502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>")]
        with pytest.raises(Exception, match="http_502: <h1>Bad gateway"):
            client.collections()
        between.refusals = [(200, {"content-type": "text/html"}, b"<h1>Welcome</h1>")]
        with pytest.raises(Unreadable, match="status 200"):
            client.collections()


def test_headers_are_there_if_they_are_wished(kind: str, between: Between, axes: str) -> None:
    for client in made(kind, between.url):
        client.collection(axes)
        client.search(axes, vectors=axis(1))
        for _, headers in between.seen:
            assert "authorization" not in headers and headers["accept-encoding"] == "identity"
        media_type = between.seen[1][1]["content-type"]
        assert media_type == ("application/x-maxsimd" if kind.startswith("compact") else "application/json")
    between.seen.clear()
    for client in made(kind, f"{between.url}/", api_key="secret", compress=True):
        assert "secret" not in repr(client)
        client.upsert(axes, [{"id": "long", "text": "word " * 1000, "vectors": axis(1)}])
        assert client.document(axes, "long").text == "word " * 1000
        for _, headers in between.seen:
            assert headers["authorization"] == "Bearer secret" and headers["accept-encoding"] == "gzip"
        assert between.seen[0][1]["content-encoding"] == "gzip" and int(between.seen[0][1]["content-length"]) < 500
