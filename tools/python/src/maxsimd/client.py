"""The client that waits for replies."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import BinaryIO, TypeVar

import httpx

from . import routes
from ._typing import Unpack
from .bodies import AnswerBody, AnswerReply
from .errors import Unreadable
from .events import Event, Reader
from .exchange import PATIENCE, Exchange, FormName, transport
from .methods import Methods, Sends
from .routes import Call

R = TypeVar("R")


class Client(Methods, Sends):
    """A client of the daemon at `url`, safe to use from several threads.

    `form` is how bodies are written: `json`, or `compact`, which is smaller and quicker where there are vectors. A
    refusal that says when to try again (429 and 503 with Retry-After) is tried again up to `retries` times, if the
    request changes nothing or has an idempotency key. `timeout` is in seconds and for one request; `deadline_ms` of a
    request makes the daemon itself stop. `compress` has bodies sent and received with gzip. `http` is used, and not
    closed, in place of a client of its own: for certificates, proxies and limits.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        form: FormName = "json",
        api_key: str | None = None,
        timeout: float = PATIENCE,
        retries: int = 2,
        compress: bool = False,
        http: httpx.Client | None = None,
    ) -> None:
        self._exchange = Exchange.of(url, form, api_key=api_key, timeout=timeout, retries=retries, compress=compress)
        self._owned = http is None
        self._http = http or httpx.Client()

    def patient(self, seconds: float) -> Client:
        """The same client, over the same connections, with another timeout."""
        other = copy.copy(self)
        other._exchange, other._owned = self._exchange.patient(seconds), False
        return other

    def send(self, call: Call[R]) -> R:
        """Sends a call of `maxsimd.routes`."""
        with self._response(call) as response:
            response.read()
            return self._exchange.read(call, response)

    def answer_stream(self, **question: Unpack[AnswerBody]) -> Generator[Event, None, None]:
        """Answers a question, told as it is made: `Stage`, `Retrieval`, `Token`, `Verdict`, `CitationBody` and `Note`
        as they happen, and the `AnswerReply` as the last. Closing the iterator ends the daemon's work, too."""
        call, reader = routes.answer_stream(**question), Reader()
        with self._response(call) as response:
            for line in response.iter_lines():
                event = reader.line(line)
                if event is not None:
                    yield event
                if isinstance(event, AnswerReply):
                    return
        raise Unreadable("the stream ended before the answer")

    def metrics(self) -> str:
        """What the daemon counts, in the OpenMetrics text format."""
        with self._response(routes.METRICS.call()) as response:
            return response.read().decode()

    def snapshot(self, collection: str, out: BinaryIO) -> int:
        """Writes a snapshot of a collection, for `maxsim restore`; the number of bytes."""
        written = 0
        with self._response(routes.SNAPSHOT.call(None, collection)) as response:
            for chunk in response.iter_bytes():
                written += out.write(chunk)
        return written

    def close(self) -> None:
        """Closes the connections."""
        if self._owned:
            self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _response(self, call: Call[R]) -> Iterator[httpx.Response]:
        """A response of success, of which only the head is read."""
        request, attempt = self._exchange.request(call), 0
        while True:
            with transport(), self._http.stream(**request) as response:
                pause = self._exchange.pause(call, response, attempt)
                if pause is None:
                    if not response.is_success:
                        response.read()
                        self._exchange.raise_for_problem(call, response)
                    yield response
                    return
            time.sleep(pause)
            attempt += 1
