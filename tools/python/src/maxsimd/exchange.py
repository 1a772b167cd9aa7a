"""What both clients share: requests out of calls, replies and errors out of responses, and when to try again."""

from __future__ import annotations

import email.utils
import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, TypeVar

import httpx

from .bodies import OpenaiFailure, ProblemBody
from .errors import MaxsimdError, TimedOut, Unreachable, Unreadable, Unwritable, of_status
from .routes import Call
from .wire import COMPACT, JSON, Form, WireError, struct

R = TypeVar("R")
FormName = Literal["json", "compact"]

FORMS: dict[FormName, Form] = {"json": JSON, "compact": COMPACT}
# Longer than the daemon lets anything take, but compaction.
PATIENCE = 660.0
CONNECT = 10.0
# Shorter bodies gain nothing from compression.
COMPRESSED_FROM = 1024
# The longest that is waited between two attempts.
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Exchange:
    """How a client asks, and what it makes of replies."""

    url: str
    form: Form
    api_key: str | None = field(repr=False)
    timeout: float
    retries: int
    compress: bool

    @classmethod
    def of(cls, url: str, form: FormName, **settings: Any) -> Exchange:
        """Checks what a client is made with."""
        if form not in FORMS:
            raise ValueError(f"form is json or compact, not {form!r}")
        return cls(url.rstrip("/"), FORMS[form], **settings)

    def patient(self, seconds: float) -> Exchange:
        """The same with another timeout."""
        return replace(self, timeout=seconds)

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """What httpx is to send."""
        form = self._form(call)
        headers = {"accept": form.media_type, "accept-encoding": "gzip" if self.compress else "identity"}
        if self.api_key is not None:
            headers["authorization"] = f"Bearer {self.api_key}"
        if call.key is not None:
            headers["idempotency-key"] = call.key
        asked: dict[str, Any] = {
            "method": call.route.method,
            "url": self.url + call.path,
            "headers": headers,
            "timeout": httpx.Timeout(self.timeout, connect=min(self.timeout, CONNECT)),
        }
        if call.body is not None and call.route.body is not None:
            headers["content-type"] = form.media_type
            asked["content"] = self._content(form, call, headers)
        return asked

    def read(self, call: Call[R], response: httpx.Response) -> R:
        """The reply, or the error that stands in its place."""
        self.raise_for_problem(call, response)
        kind = call.route.read()
        if kind is None:
            return None  # type: ignore[return-value]  # a route without a reply is a Route[None]
        try:
            return _form_of(response).read(kind, response.content)
        except WireError as error:
            raise Unreadable(f"status {response.status_code}, and a body that cannot be read: {error}") from None

    def raise_for_problem(self, call: Call[Any], response: httpx.Response) -> None:
        """Raises what a response of failure says; its body has to be read."""
        if response.is_success or response.status_code in call.route.also:
            return
        problem = _problem(response)
        raise of_status(response.status_code)(problem, _retry_after(response))

    def pause(self, call: Call[Any], response: httpx.Response, attempt: int) -> float | None:
        """Seconds until another attempt; None if there is to be none."""
        repeatable = call.route.safe or call.key is not None
        refused = response.status_code in (429, 503) and response.status_code not in call.route.also
        if not (repeatable and refused and attempt < self.retries):
            return None
        pause = _retry_after(response)
        return pause if pause is not None and pause <= LONGEST_PAUSE else None

    def _form(self, call: Call[Any]) -> Form:
        return self.form if call.route.compact else JSON

    def _content(self, form: Form, call: Call[Any], headers: dict[str, str]) -> bytes:
        assert call.route.body is not None
        try:
            content = form.write(struct(call.route.body), call.body)
        except WireError as error:
            raise Unwritable(str(error)) from None
        if self.compress and len(content) >= COMPRESSED_FROM:
            headers["content-encoding"] = "gzip"
            return gzip.compress(content, 1)
        return content


@contextmanager
def transport() -> Iterator[None]:
    """Failures of httpx as this package's."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise TimedOut(f"no reply in time: {error}") from error
    except httpx.HTTPError as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    except httpx.InvalidURL as error:
        raise MaxsimdError(str(error)) from error


def _form_of(response: httpx.Response) -> Form:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return COMPACT if kind == COMPACT.media_type else JSON


def _problem(response: httpx.Response) -> ProblemBody:
    """What a response of failure says, whoever wrote it: the daemon, or something between here and there."""
    form, status, id = _form_of(response), response.status_code, response.headers.get("x-request-id", "")
    try:
        return form.read(struct(ProblemBody), response.content)
    except WireError:
        pass
    try:
        error = form.read(struct(OpenaiFailure), response.content).error
        kind, title = f"/problems/{error.code}", error.type
        return ProblemBody(kind, title, status, error.code, error.message, error.param, None, id)
    except WireError:
        title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Failure"
        return ProblemBody("about:blank", title, status, f"http_{status}", response.text[:500], None, None, id)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, or a date."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
