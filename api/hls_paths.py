"""The right to watch a camera by HLS, written into a path that all its viewers share. Pure.

A cache can keep what everybody is given under one name, and cannot ask who somebody is. So the
path itself is the right: who may watch is given it by `/api/v1/cameras/{id}/live`, and whoever
has it can watch that one camera, for what is left of an hour, and nothing of before.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from core.errors import ForbiddenError

WINDOW = timedelta(minutes=30)
"""Paths begin anew so often, and are good for two of these: who comes now has half an hour."""
LOOK_BACK = timedelta(minutes=2)
"""A player that comes at the beginning of a window needs something to show."""
_SIGNATURE_BYTES = 18
_MOST_DIGITS = 11
_PURPOSE = b"pollcam live hls"


class HlsForbiddenError(ForbiddenError):
    """A path that was not given out here, or is of an earlier hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HlsRight:
    """What a path allows."""

    camera_id: UUID
    origin_utc: datetime
    """Where its playlist begins to count."""

    def covers(self, start_utc: datetime, end_utc: datetime) -> bool:
        """Whether footage of that time is a part of it."""
        until_utc = self.origin_utc + LOOK_BACK + 2 * WINDOW
        return end_utc > self.origin_utc and start_utc < until_utc


class HlsPaths:
    """Makes and checks paths.

    Args:
        secret: Known to this API's processes alone.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, hashlib.sha256)

    def path_of(self, camera_id: UUID, now_utc: datetime) -> tuple[str, datetime]:
        """The present path of a camera's playlist, and when it ends."""
        begin_s = int(now_utc.timestamp()) // _window_s() * _window_s()
        begin = str(begin_s)
        path = f"/hls/{camera_id}/{begin}/{self._signature(camera_id, begin)}/live.m3u8"
        return path, datetime.fromtimestamp(begin_s, UTC) + 2 * WINDOW

    def check(self, camera_id: UUID, begin: str, signature: str, now_utc: datetime) -> HlsRight:
        """Read a path's parts.

        Raises:
            HlsForbiddenError: It was not made here, or its time is over.
        """
        expected = self._signature(camera_id, begin)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise HlsForbiddenError("this address is not one that was given out")
        begin_utc = datetime.fromtimestamp(int(begin), UTC)
        if not begin_utc <= now_utc < begin_utc + 2 * WINDOW:
            raise HlsForbiddenError("this address is of another hour; ask for a new one")
        return HlsRight(camera_id=camera_id, origin_utc=begin_utc - LOOK_BACK)

    def _signature(self, camera_id: UUID, begin: str) -> str:
        if not (begin.isascii() and begin.isdecimal() and len(begin) <= _MOST_DIGITS):
            raise HlsForbiddenError("this address is not one that was given out")
        made = hmac.digest(self._key, f"{camera_id}/{begin}".encode(), hashlib.sha256)
        return urlsafe_b64encode(made[:_SIGNATURE_BYTES]).decode()


def _window_s() -> int:
    return int(WINDOW.total_seconds())
