"""The error tree. Names say what failed; `kind` says what the caller may do about it.

PollcamError
├── BadInputError            the caller sent something that can never work
│   ├── BadTimeRangeError
│   └── SettingsError        a process was configured wrongly: exit code 2
├── AuthError
│   ├── UnauthenticatedError who are you?
│   └── ForbiddenError       I know you, and no
├── NotFoundError
├── ConflictError            the world already holds something else under that name
├── ExhaustedError           a limit was reached; the same call may work later
├── UnavailableError         an outside system is away; the same call may work later
└── DamagedError             stored bytes are not what was promised

Each package grows its own leaves under these, next to the code that raises them.
"""

import re
from enum import StrEnum

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ErrorKind(StrEnum):
    """What the caller may do. Mapped to an HTTP status in one place, `api/problems.py`."""

    BAD_INPUT = "bad_input"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    EXHAUSTED = "exhausted"
    UNAVAILABLE = "unavailable"
    DAMAGED = "damaged"


class PollcamError(Exception):
    """Root of every failure that pollcam names. The text is a sentence for a person."""

    kind: ErrorKind = ErrorKind.UNAVAILABLE


class BadInputError(PollcamError):
    """The caller sent something that can never work."""

    kind = ErrorKind.BAD_INPUT


class BadTimeRangeError(BadInputError):
    """A range that ends before it starts, or whose time zone nobody gave."""


class SettingsError(BadInputError):
    """A process was configured wrongly. Its text goes to standard error, exit code 2."""


class AuthError(PollcamError):
    """The caller may not do this."""

    kind = ErrorKind.FORBIDDEN


class UnauthenticatedError(AuthError):
    """No, or no longer valid, proof of who calls."""

    kind = ErrorKind.UNAUTHENTICATED


class ForbiddenError(AuthError):
    """The caller is known and has no right to this."""


class NotFoundError(PollcamError):
    """There is no such thing, or the caller may not know of it."""

    kind = ErrorKind.NOT_FOUND


class ConflictError(PollcamError):
    """Something else already stands under that name; nothing was changed."""

    kind = ErrorKind.CONFLICT


class ExhaustedError(PollcamError):
    """A limit was reached; the same call may work later."""

    kind = ErrorKind.EXHAUSTED

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnavailableError(PollcamError):
    """An outside system does not answer; the same call may work later."""


class DamagedError(PollcamError):
    """Stored bytes are not what was promised."""

    kind = ErrorKind.DAMAGED


def code_of(error: PollcamError) -> str:
    """Which failure it is, by name and for programs: `station_exists` of `StationExistsError`."""
    return _HUMPS.sub("_", type(error).__name__.removesuffix("Error")).lower()
