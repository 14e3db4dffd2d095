"""What can keep somebody from publishing or watching, by name. Each knows its HTTP status.

The statuses are those that WHIP (RFC 9725) and WHEP name, so they are finer than the kinds.
"""

from http import HTTPStatus

from core.errors import (
    BadInputError,
    ExhaustedError,
    NotFoundError,
    SettingsError,
    UnavailableError,
)


class MalformedSdpError(BadInputError):
    """A session description that cannot be read."""

    status = HTTPStatus.BAD_REQUEST


class MalformedPacketError(BadInputError):
    """An RTP or RTCP packet that cannot be read. It is counted and thrown away."""


class MalformedQuestionError(BadInputError):
    """An engine's question that cannot be read."""

    status = HTTPStatus.BAD_REQUEST


class WrongMediaTypeError(BadInputError):
    """The body is not of the type that this resource takes."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooLargeError(BadInputError):
    """The body is larger than any session description."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnacceptableOfferError(BadInputError):
    """The offer can be read and names something this streamer does not do."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RestartRefusedError(BadInputError):
    """The client asked for an ICE restart. Its session goes on as it was."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoSuchSessionError(NotFoundError):
    """The session has ended, or never was."""

    status = HTTPStatus.NOT_FOUND


class NoPublicationError(ExhaustedError):
    """Nobody publishes this camera now; try again."""

    status = HTTPStatus.CONFLICT


class ReplayedTokenError(BadInputError):
    """A token that has already started a publication."""

    status = HTTPStatus.FORBIDDEN


class OverloadedError(ExhaustedError):
    """A limit of this node is reached. Those who watch are not touched."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class TooManyRequestsError(ExhaustedError):
    """One subject asks too often."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class LinkFailedError(UnavailableError):
    """ICE or DTLS did not come about, or ended."""


class PortTakenError(SettingsError):
    """A UDP port that the settings name cannot be bound."""
