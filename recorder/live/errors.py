"""What can keep a camera from being live, by name. Recording is never touched by any of it."""

from http import HTTPStatus

from core.errors import UnavailableError


class PublishingError(UnavailableError):
    """The camera is not live now. Its text carries neither address nor token."""

    retry_after_s: float = 0.0
    is_token_spent: bool = False
    """Whether another attempt needs another token."""


class StreamerUnreachableError(PublishingError):
    """The streamer does not answer, or media does not get through to it."""


class MediaBlockedError(StreamerUnreachableError):
    """The streamer answered the offer, and no media gets through to it: UDP may be blocked."""

    is_token_spent = True


class StreamerRefusedError(PublishingError):
    """The streamer answers, and does not take the camera."""

    has_no_place = False
    """Whether there is nothing at that address: an engine that carries one stream of a camera."""

    @classmethod
    def of(cls, status: int, retry_after: str | None) -> "StreamerRefusedError":
        """Name an answer other than 201."""
        error = cls(f"the streamer refused with {status}")
        error.has_no_place = status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
        error.is_token_spent = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
            error.retry_after_s = min(float(retry_after), 60.0)
        return error


class UnpublishableError(PublishingError):
    """The camera's stream is of a kind that browsers do not play live, as H.265 is."""

    retry_after_s = 30.0
