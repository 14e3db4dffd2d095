"""The right to put one object through the API, as a token in the address. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from core.errors import ForbiddenError
from core.wire.upload import ObjectKind

GRANT_PATH = "/api/v1/agent/objects/"
_AUDIENCE = "pollcam-objects"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectGrant:
    """What a grant allows: bytes under one id, which the archive knows the digest of."""

    kind: ObjectKind
    object_id: UUID


def sign_grant(
    key: bytes, grant: ObjectGrant, now_utc: datetime, lifetime: timedelta
) -> tuple[str, datetime]:
    """The token and when it ends."""
    expires_utc = now_utc + lifetime
    claims = {
        "aud": _AUDIENCE,
        "knd": grant.kind.value,
        "obj": str(grant.object_id),
        "exp": expires_utc,
    }
    return jwt.encode(claims, key, algorithm="HS256"), expires_utc


def check_grant(key: bytes, token: str, now_utc: datetime) -> ObjectGrant:
    """What a token allows.

    Raises:
        ForbiddenError: Not signed by us, changed, or expired.
    """
    required = ["exp", "knd", "obj"]
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options={"require": required, "verify_exp": False},  # below, by the injected clock
        )
        grant = ObjectGrant(kind=ObjectKind(claims["knd"]), object_id=UUID(claims["obj"]))
    except (jwt.PyJWTError, ValueError) as error:
        raise ForbiddenError("this is not a grant of this archive") from error
    if now_utc.timestamp() > float(claims["exp"]):
        raise ForbiddenError("the grant has expired; ask for another")
    return grant
