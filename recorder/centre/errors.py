"""What can come between a station and its centre, by name. Recording is never touched by it."""

from http import HTTPStatus

import httpx

from core.errors import UnavailableError
from core.redact import redacted

_LONGEST_PAUSE_S = 300.0
"""Nobody may tell a station to be silent for longer."""


class CentreError(UnavailableError):
    """A call to the centre came to nothing; it may be repeated. Its text carries no secret."""

    retry_after_s: float = 0.0
    """What the centre asks to wait; 0: nothing."""


class CentreUnreachableError(CentreError):
    """No answer: no link, no name, no connection, or none in time."""


class CentreGarbledError(CentreError):
    """An answer that is not the centre's, as from a login page of somebody's network."""


class CentreRefusedError(CentreError):
    """The centre, or its object store, answered and did not do it."""

    def __init__(self, message: str, status: int, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s

    @classmethod
    def of(cls, answer: httpx.Response) -> "CentreRefusedError":
        """Name an answer that is no success."""
        return cls(
            f"the centre answered {answer.status_code}: {detail_of(answer)}",
            answer.status_code,
            _retry_after_s(answer.headers.get("retry-after", "")),
        )

    @property
    def is_about_us(self) -> bool:
        """Whether the request was at fault, not the moment."""
        is_moment = self.status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        return 400 <= self.status < 500 and not is_moment


def detail_of(answer: httpx.Response) -> str:
    """A problem's own sentence, without secrets; of another answer what its status is called."""
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
    return redacted(str(detail))[:300]


def _retry_after_s(value: str) -> float:
    # Seconds alone: the date form would need the centre's clock, and nobody here sends it.
    return min(float(value), _LONGEST_PAUSE_S) if value.isascii() and value.isdigit() else 0.0
