"""Tokens for WHIP and WHEP: signed by the control API, checked by the streamer alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.errors import ForbiddenError, UnauthenticatedError
from core.live_stream import LiveStream

_AUDIENCE = "pollcam-streamer"
_LEEWAY_S = 10


class ExpiredTokenError(UnauthenticatedError):
    """A live token that was good once."""


class WrongCameraError(ForbiddenError):
    """A live token for another camera."""


class WrongPurposeError(ForbiddenError):
    """A live token that allows something else."""


class WrongNodeError(ForbiddenError):
    """A live token for another streamer."""


class LiveAction(StrEnum):
    """What a live token allows."""

    PUBLISH = "publish"
    PUBLISH_SMALLER = "publish-smaller"
    """The second, smaller stream of the camera."""
    VIEW = "view"
    REPORT = "report"
    """Reading `/publications`; the camera id is the nil UUID."""

    @classmethod
    def publishing(cls, stream: LiveStream) -> "LiveAction":
        """What it takes to publish that stream of a camera."""
        return cls.PUBLISH if stream is LiveStream.MAIN else cls.PUBLISH_SMALLER

    @property
    def is_publishing(self) -> bool:
        """Whether it begins a publication; such a token is good for one."""
        return self in (self.PUBLISH, self.PUBLISH_SMALLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveGrant:
    """The content of a live token."""

    camera_id: UUID
    action: LiveAction
    subject: str
    """Account or device id: for limits and logs, never shown."""
    token_id: str
    expires_utc: datetime


def sign_live_token(
    key: Ed25519PrivateKey,
    camera_id: UUID,
    action: LiveAction,
    subject: str,
    now_utc: datetime,
    lifetime: timedelta = timedelta(minutes=2),
    node: str = "",
) -> tuple[str, datetime]:
    """Make a token and say when it ends.

    Args:
        key: The API's.
        camera_id: The only one it is good for.
        action: The only thing it allows.
        subject: Account or device id.
        now_utc: The present.
        lifetime: Until it ends.
        node: The only streamer that takes it; empty: any that knows the key.
    """
    expires_utc = now_utc + lifetime
    claims = {
        "aud": _AUDIENCE,
        "sub": subject,
        "cam": str(camera_id),
        "act": action.value,
        "jti": str(uuid4()),
        "iat": now_utc,
        "exp": expires_utc,
    } | ({"node": node} if node else {})
    return jwt.encode(claims, key, algorithm="EdDSA"), expires_utc


def check_live_token(
    token: str,
    key: Ed25519PublicKey,
    camera_id: UUID,
    action: LiveAction,
    now_utc: datetime,
    node: str = "",
) -> LiveGrant:
    """Read a token and hold it to one camera, one action and one streamer.

    Args:
        token: As it came.
        key: The API's public key.
        camera_id: What is asked for.
        action: What for.
        now_utc: The present.
        node: This streamer's name.

    Raises:
        UnauthenticatedError: Not ours, malformed or expired.
        ForbiddenError: Valid, for another camera, another action or another streamer.
    """
    claims = _claims(token, key, now_utc)
    grant = LiveGrant(
        camera_id=UUID(claims["cam"]),
        action=LiveAction(claims["act"]),
        subject=str(claims["sub"]),
        token_id=str(claims["jti"]),
        expires_utc=datetime.fromtimestamp(float(claims["exp"]), tz=now_utc.tzinfo),
    )
    if grant.camera_id != camera_id:
        raise WrongCameraError("this token is for another camera")
    if grant.action is not action:
        raise WrongPurposeError("this token is for another purpose")
    if claims.get("node", node) != node:
        raise WrongNodeError("this token is for another streamer")
    return grant


def _claims(token: str, key: Ed25519PublicKey, now_utc: datetime) -> dict[str, str]:
    required = ["exp", "sub", "cam", "act", "jti"]
    try:
        # The expiry is checked below against the injected clock, not against the library's.
        claims: dict[str, str] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=_AUDIENCE,
            options={"require": required, "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise UnauthenticatedError("the live token is not valid") from error
    if now_utc.timestamp() > float(claims["exp"]) + _LEEWAY_S:
        raise ExpiredTokenError("the live token has expired")
    return claims
