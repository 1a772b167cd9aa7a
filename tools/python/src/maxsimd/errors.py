"""What can go wrong, by what a caller can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bodies import ProblemBody


class MaxsimdError(Exception):
    """Anything that this package raises by itself."""


class Unwritable(MaxsimdError, ValueError):
    """The request cannot be written: a value is not of its field's type. Nothing was sent."""


class Unreadable(MaxsimdError):
    """The reply is not what the protocol says."""


class Unreachable(MaxsimdError):
    """There is no connection, or it ended; `__cause__` says more."""


class TimedOut(Unreachable):
    """No reply came in time. Whether the request was carried out is not known."""


class ProblemError(MaxsimdError):
    """The daemon says what is wrong. `code` is stable, `detail` is for people."""

    def __init__(self, problem: ProblemBody, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.status = problem.status
        self.code = problem.code
        self.title = problem.title
        self.detail = problem.detail
        self.field = problem.field
        """The field of the request that is at fault."""
        self.position = problem.position
        """The byte of a filter's text."""
        self.request_id = problem.request_id
        """What the daemon's log calls the request."""
        self.retry_after = retry_after
        """Seconds after which it is worth another try; None if it is not."""


class InvalidRequest(ProblemError):
    """The request is at fault: `field` names what of it."""


class Unauthorized(ProblemError):
    """The key is missing or wrong, or not for this."""


class NotFound(ProblemError):
    """There is no such collection, document, alias, operation or model."""


class Conflict(ProblemError):
    """What is there already forbids it."""


class Overloaded(ProblemError):
    """The daemon takes no more work now."""


class Unavailable(ProblemError):
    """The daemon cannot do this now: it starts, drains, has no encoder or no space."""


class DeadlineExceeded(ProblemError):
    """The deadline passed before there was anything to return."""


class ServerError(ProblemError):
    """The daemon or a file of it is at fault."""


_BY_STATUS: dict[int, type[ProblemError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    409: Conflict,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: Overloaded,
    503: Unavailable,
    504: DeadlineExceeded,
    507: Unavailable,
}


def of_status(status: int) -> type[ProblemError]:
    """The error that stands for a status."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else InvalidRequest)
