"""How a device proves itself on each request: a short-lived JWT signed with its own key."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.errors import UnauthenticatedError

_AUDIENCE = "pollcam-api"
_LIFETIME = timedelta(minutes=2)
_LEEWAY = timedelta(hours=26)
"""A device's clock may be wrong by more than an hour and the centre must still hear about it.
The signature proves the device; TLS keeps others from replaying. A wrong time zone or a day
lost on a board without a battery is the most that is forgiven."""


def sign_device_token(key: Ed25519PrivateKey, device_id: UUID, now_utc: datetime) -> str:
    """Make a token by the device's own clock."""
    claims = {
        "iss": str(device_id),
        "aud": _AUDIENCE,
        "jti": str(uuid4()),
        "iat": now_utc,
        "exp": now_utc + _LIFETIME,
    }
    return jwt.encode(claims, key, algorithm="EdDSA")


def claimed_device(token: str) -> UUID:
    """Who the token says it is from, unchecked: to look up the key it must verify under.

    Raises:
        UnauthenticatedError: Not a token at all.
    """
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return UUID(str(claims["iss"]))
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise UnauthenticatedError("the device token is not readable") from error


def check_device_token(token: str, key: Ed25519PublicKey, now_utc: datetime) -> None:
    """Hold a token to a device's registered key.

    Raises:
        UnauthenticatedError: Not signed by that key, or its clock is off by more than a day.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=_AUDIENCE,
            options={"require": ["iss", "exp", "iat"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise UnauthenticatedError("the device token is not valid") from error
    if not _is_near(claims["iat"], now_utc):
        raise UnauthenticatedError("the device token is too old or from the future")


def _is_near(claimed_s: object, now_utc: datetime) -> bool:
    if not isinstance(claimed_s, int | float):
        return False
    return abs(now_utc.timestamp() - claimed_s) <= _LEEWAY.total_seconds()  # never so for NaN
