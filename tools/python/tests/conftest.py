"""Daemons, and clients of both forms and both kinds, which are held to the same assertions."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from maxsimd import AsyncClient, Client
from maxsimd.exchange import FormName
from serving import Served, assets, binary

os.environ["NO_PROXY"] = "127.0.0.1"

KINDS = ["json", "compact", "json-async", "compact-async"]
_NUMBERS = itertools.count(1)


class Blocking:
    """An `AsyncClient` whose methods are waited for."""

    def __init__(self, client: AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *args, **kwargs: self._done(method(*args, **kwargs))

    def _done(self, value: Any) -> Any:
        if isinstance(value, AsyncClient):
            return Blocking(value, self._loop)
        if inspect.isasyncgen(value):
            return self._each(cast(AsyncGenerator[Any, None], value))
        return self._loop.run_until_complete(value)

    def _each(self, events: AsyncGenerator[Any, None]) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self._loop.run_until_complete(anext(events))
                except StopAsyncIteration:
                    return
        finally:
            self._loop.run_until_complete(events.aclose())


def made(kind: str, url: str, **settings: Any) -> Iterator[Client]:
    """A client of a kind, until the test is over."""
    form = cast(FormName, kind.removesuffix("-async"))
    if form == kind:
        with Client(url, form=form, **settings) as client:
            yield client
        return
    loop = asyncio.new_event_loop()
    awaited = AsyncClient(url, form=form, **settings)
    yield cast(Client, Blocking(awaited, loop))
    loop.run_until_complete(awaited.close())
    loop.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A daemon without an encoder."""
    with Served(binary(), tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="session")
def encoding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A daemon with the encoder, and a collection `docs` of a few documents as text."""
    home = assets()
    if home is None:
        pytest.skip("MAXSIMD_HOME names no folder with a pulled encoder")
    with Served(binary(), tmp_path_factory.mktemp("data"), home) as served:
        with Client(served.url) as client:
            client.create(name="docs", fields={"year": "integer"})
            client.upsert("docs", TEXTS, wait="searchable")
        yield served


@pytest.fixture(scope="session")
def generating(encoding: Served) -> Served:
    """The same daemon, if it has a small language model, too."""
    home = assets()
    if home is None or not any((home / "generation").glob("*.gguf")):
        pytest.skip("no generator is pulled; `maxsim models pull generation` does")
    return encoding


@pytest.fixture
def client(kind: str, served: Served) -> Iterator[Client]:
    yield from made(kind, served.url)


@pytest.fixture
def encoder(kind: str, encoding: Served) -> Iterator[Client]:
    yield from made(kind, encoding.url)


@pytest.fixture
def name() -> str:
    """A name that no other collection has."""
    return f"axes-{next(_NUMBERS)}"


TEXTS: Any = [
    {
        "id": "rotation.md",
        "title": "Rotation",
        "text": "Vectors are rotated before they are quantised. Rotation spreads outliers over all coordinates.",
        "metadata": {"year": 2026, "lang": "en"},
    },
    {
        "id": "weather.md",
        "title": "Weather",
        "text": "Rain is expected in the afternoon. The wind comes from the west.",
        "metadata": {"year": 1999, "lang": "en"},
    },
    {
        "id": "late.md",
        "title": "Late interaction",
        "text": "Late interaction compares every query token with every passage token and adds the best matches up.",
        "metadata": {"year": 2020, "lang": "en"},
    },
]


@pytest.fixture(scope="session")
def protocol() -> str:
    """The protocol, where this is a checkout of the repository."""
    path = Path(__file__).parents[3] / "server" / "PROTOCOL.md"
    if not path.exists():
        pytest.skip("no PROTOCOL.md: this is no checkout")
    return path.read_text()


@pytest.fixture
def served_twice(served: Served) -> Iterator[tuple[Client, Client]]:
    """Clients of both forms."""
    with Client(served.url) as one, Client(served.url, form="compact") as other:
        yield one, other
