"""The client whose methods are awaited."""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import BinaryIO, TypeVar

import anyio
import httpx

from . import routes
from ._typing import Unpack
from .bodies import AnswerBody, AnswerReply
from .errors import Unreadable
from .events import Event, Reader
from .exchange import PATIENCE, Exchange, FormName, transport
from .methods import Awaits, Methods
from .routes import Call

R = TypeVar("R")


class AsyncClient(Methods, Awaits):
    """`Client` with methods that are awaited. It belongs to the event loop that it is first used in."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        form: FormName = "json",
        api_key: str | None = None,
        timeout: float = PATIENCE,
        retries: int = 2,
        compress: bool = False,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._exchange = Exchange.of(url, form, api_key=api_key, timeout=timeout, retries=retries, compress=compress)
        self._owned = http is None
        self._http = http or httpx.AsyncClient()

    def patient(self, seconds: float) -> AsyncClient:
        """The same client, over the same connections, with another timeout."""
        other = copy.copy(self)
        other._exchange, other._owned = self._exchange.patient(seconds), False
        return other

    async def send(self, call: Call[R]) -> R:
        """Sends a call of `maxsimd.routes`."""
        async with self._response(call) as response:
            await response.aread()
            return self._exchange.read(call, response)

    async def answer_stream(self, **question: Unpack[AnswerBody]) -> AsyncGenerator[Event, None]:
        """Answers a question, told as it is made; as in `Client.answer_stream`."""
        call, reader = routes.answer_stream(**question), Reader()
        async with self._response(call) as response:
            async for line in response.aiter_lines():
                event = reader.line(line)
                if event is not None:
                    yield event
                if isinstance(event, AnswerReply):
                    return
        raise Unreadable("the stream ended before the answer")

    async def metrics(self) -> str:
        """What the daemon counts, in the OpenMetrics text format."""
        async with self._response(routes.METRICS.call()) as response:
            return (await response.aread()).decode()

    async def snapshot(self, collection: str, out: BinaryIO) -> int:
        """Writes a snapshot of a collection, for `maxsim restore`; the number of bytes."""
        written = 0
        async with self._response(routes.SNAPSHOT.call(None, collection)) as response:
            async for chunk in response.aiter_bytes():
                written += await anyio.to_thread.run_sync(out.write, chunk)
        return written

    async def close(self) -> None:
        """Closes the connections."""
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def _response(self, call: Call[R]) -> AsyncIterator[httpx.Response]:
        """A response of success, of which only the head is read."""
        request, attempt = self._exchange.request(call), 0
        while True:
            with transport():
                async with self._http.stream(**request) as response:
                    pause = self._exchange.pause(call, response, attempt)
                    if pause is None:
                        if not response.is_success:
                            await response.aread()
                            self._exchange.raise_for_problem(call, response)
                        yield response
                        return
            await anyio.sleep(pause)
            attempt += 1
