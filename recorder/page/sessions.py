"""Who has given the PIN. Kept in memory: after a restart it is asked for again."""

import hashlib
import secrets
from collections import OrderedDict

LIFETIME_S = 12 * 3600.0
"""A long day at the station."""
_SESSIONS_MAX = 64


class Sessions:
    """Random keys that open the stills; of many, the oldest end first. Pure but for chance."""

    def __init__(self) -> None:
        self._until_s: OrderedDict[bytes, float] = OrderedDict()

    def open(self, now_s: float) -> str:
        """Begin one; returns what its cookie holds."""
        key = secrets.token_urlsafe(32)
        self._until_s[_digest(key)] = now_s + LIFETIME_S
        if len(self._until_s) > _SESSIONS_MAX:
            self._until_s.popitem(last=False)
        return key

    def is_open(self, key: str, now_s: float) -> bool:
        """Whether a cookie's value is that of a session that has not ended."""
        return now_s < self._until_s.get(_digest(key), 0.0)


def _digest(key: str) -> bytes:
    # Looked up by digest: how long a look-up takes says nothing of the keys themselves.
    return hashlib.sha256(key.encode()).digest()
