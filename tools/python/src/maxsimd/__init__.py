"""Client of maxsimd, the late-interaction search daemon.

    with Client("http://127.0.0.1:8080") as client:
        for hit in client.search("docs", query="how are token vectors compressed?").hits:
            print(hit.score, hit.text)

`Client` waits for replies, `AsyncClient` has the same methods to be awaited. `bodies` are what requests and replies
hold, `errors` what is raised, `events` what a streamed answer is made of.
"""

from importlib.metadata import version as _version

from . import bodies, errors, events
from .async_client import AsyncClient
from .client import Client
from .errors import (
    Conflict,
    DeadlineExceeded,
    InvalidRequest,
    MaxsimdError,
    NotFound,
    Overloaded,
    ProblemError,
    ServerError,
    TimedOut,
    Unauthorized,
    Unavailable,
    Unreachable,
    Unreadable,
    Unwritable,
)
from .vectors import Vectors

__version__ = _version("maxsimd")

__all__ = [
    "AsyncClient",
    "Client",
    "Conflict",
    "DeadlineExceeded",
    "InvalidRequest",
    "MaxsimdError",
    "NotFound",
    "Overloaded",
    "ProblemError",
    "ServerError",
    "TimedOut",
    "Unauthorized",
    "Unavailable",
    "Unreachable",
    "Unreadable",
    "Unwritable",
    "Vectors",
    "bodies",
    "errors",
    "events",
]
