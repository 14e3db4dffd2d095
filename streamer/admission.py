"""Who may publish and watch: live tokens, checked here without asking anybody."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.clock import Clock
from core.errors import UnauthenticatedError
from core.live_token import LiveAction, LiveGrant, check_live_token
from streamer.errors import OverloadedError, ReplayedTokenError

_MAX_SPENT = 100_000
_LEEWAY = timedelta(minutes=1)
_NOBODY = UUID(int=0)


class Admission:
    """Checks bearers.

    Args:
        key: The API's public key.
        clock: Tells when a token has expired.
        node: This streamer's name.
    """

    def __init__(self, key: Ed25519PublicKey, clock: Clock, node: str = "") -> None:
        self._key = key
        self._node = node
        self._clock = clock
        self._spent: dict[str, datetime] = {}

    def check(self, authorization: str | None, camera_id: UUID, action: LiveAction) -> LiveGrant:
        """Read the `Authorization` header and hold it to one camera and one action.

        Raises:
            UnauthenticatedError: No bearer, or one that is not ours or has expired.
            ForbiddenError: For another camera, purpose or streamer.
        """
        token, now_utc = bearer_of(authorization), self._clock.utc()
        return check_live_token(token, self._key, camera_id, action, now_utc, self._node)

    def check_report(self, authorization: str | None) -> None:
        """Hold a bearer to reading what this node carries."""
        self.check(authorization, _NOBODY, LiveAction.REPORT)

    def refuse_spent(self, grant: LiveGrant) -> None:
        """Refuse a token that has already started a publication.

        Raises:
            ReplayedTokenError: It has.
        """
        if grant.token_id in self._spent:
            raise ReplayedTokenError("this token has already been used to publish")

    def spend(self, grant: LiveGrant) -> None:
        """Let a token start no further publication.

        Raises:
            ReplayedTokenError: It has already started one.
            OverloadedError: More tokens were spent within their lifetime than can be remembered.
        """
        self.refuse_spent(grant)
        if len(self._spent) >= _MAX_SPENT:
            self._forget_expired()
        if len(self._spent) >= _MAX_SPENT:
            raise OverloadedError("too many publications were begun in the last minutes")
        self._spent[grant.token_id] = grant.expires_utc

    def restore(self, grant: LiveGrant) -> None:
        """Let a token be used again: what it was spent for did not come about."""
        self._spent.pop(grant.token_id, None)

    def _forget_expired(self) -> None:
        now_utc = self._clock.utc()
        alive = {i: end for i, end in self._spent.items() if end + _LEEWAY > now_utc}
        self._spent = alive


def bearer_of(authorization: str | None) -> str:
    """The token of an `Authorization` header.

    Raises:
        UnauthenticatedError: There is none.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("this needs a live token as bearer")
    return token.strip()


def digest_of(token: str) -> bytes:
    """What a session keeps of the token that began it."""
    return hashlib.sha256(token.encode()).digest()


def is_same_token(authorization: str | None, digest: bytes) -> bool:
    """Whether the bearer is the one that began a session.

    It may end that session even after it has expired: a tab that is closed after an hour has
    no other.
    """
    try:
        token = bearer_of(authorization)
    except UnauthenticatedError:
        return False
    return hmac.compare_digest(digest_of(token), digest)
