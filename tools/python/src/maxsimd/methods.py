"""The methods that both clients have: the same functions, whose calls one of them sends and the other awaits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Generic, ParamSpec, TypeVar, overload

from . import routes
from .routes import Call

P = ParamSpec("P")
R = TypeVar("R")


class Sends:
    """Sends a call and returns what it brings."""

    def send(self, call: Call[R]) -> R:
        """Sends a call."""
        raise NotImplementedError


class Awaits:
    """The same, awaited."""

    async def send(self, call: Call[R]) -> R:
        """Sends a call."""
        raise NotImplementedError


class Method(Generic[P, R]):
    """A function that makes a call, as a method that sends it; of a class it is that function."""

    def __init__(self, make: Callable[P, Call[R]]) -> None:
        self._make = make

    @overload
    def __get__(self, client: None, of: type[Any]) -> Callable[P, Call[R]]: ...
    @overload
    def __get__(self, client: Sends, of: type[Any]) -> Callable[P, R]: ...
    @overload
    def __get__(self, client: Awaits, of: type[Any]) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, client: Any, of: type[Any]) -> Any:
        if client is None:
            return self._make

        @functools.wraps(self._make)
        def sent(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.send(self._make(*args, **kwargs))

        return sent


class Methods:
    """One method for each route."""

    search = Method(routes.search)
    encode = Method(routes.encode)
    rerank = Method(routes.rerank)
    embeddings = Method(routes.embeddings)
    answer = Method(routes.answer)
    route = Method(routes.route)
    parse_filter = Method(routes.parse_filter)
    techniques = Method(routes.techniques)
    collections = Method(routes.collections)
    collection = Method(routes.collection)
    create = Method(routes.create)
    drop_collection = Method(routes.drop_collection)
    compact = Method(routes.compact)
    upsert = Method(routes.upsert)
    delete = Method(routes.delete)
    document = Method(routes.document)
    operation = Method(routes.operation)
    layers = Method(routes.layers)
    tree = Method(routes.tree)
    tree_across = Method(routes.tree_across)
    aliases = Method(routes.aliases)
    set_alias = Method(routes.set_alias)
    remove_alias = Method(routes.remove_alias)
    models = Method(routes.models)
    model = Method(routes.model)
    live = Method(routes.live)
    ready = Method(routes.ready)
    version = Method(routes.version)
