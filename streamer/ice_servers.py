"""Names the relays that clients may use, with credentials that end by themselves. Pure.

Sources: RFC 9725 section 4.6 for the header; draft-uberti-behave-turn-rest-00 for the
credentials, which coturn checks with its `use-auth-secret`.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(:[1-9][0-9]{0,4})?"
_SERVER = re.compile(rf"stuns?:{_HOST}|turns?:{_HOST}(\?transport=(udp|tcp))?")
_SUBJECT_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Relays:
    """The STUN and TURN servers of a node."""

    urls: tuple[str, ...]
    secret: bytes
    """Shared with the TURN servers."""
    lifetime: timedelta
    """How long a relay can be asked for with one credential."""


def checked_server(url: str) -> str:
    """An address as RFC 7064 and RFC 7065 write it, unchanged.

    Raises:
        ValueError: It is none. It would stand in a header, so nothing else may be in it.
    """
    if not _SERVER.fullmatch(url):
        raise ValueError(f"{url!r} is no address like turn:turn.example:3478?transport=tcp")
    return url


def is_relay(url: str) -> bool:
    """Whether it needs credentials."""
    return url.startswith("turn")


def links_of(relays: Relays, subject: str, now_utc: datetime) -> str:
    """The `Link` header that tells one client its servers; empty where there are none.

    Args:
        relays: Of this node.
        subject: Who asks. The relay sees a pseudonym that is the same each time, which is
            enough for its quotas.
        now_utc: The time.
    """
    name = f"{int((now_utc + relays.lifetime).timestamp())}:{_pseudonym(relays, subject)}"
    digest = hmac.digest(relays.secret, name.encode(), hashlib.sha1)
    rights = (
        f'; username="{name}"; credential="{base64.b64encode(digest).decode()}"'
        '; credential-type="password"'
    )
    return ", ".join(
        f'<{url}>; rel="ice-server"{rights if is_relay(url) else ""}' for url in relays.urls
    )


def _pseudonym(relays: Relays, subject: str) -> str:
    # The name of a relay's user travels in the clear.
    digest = hmac.digest(relays.secret, b"subject:" + subject.encode(), hashlib.sha256)
    return digest.hex()[:_SUBJECT_CHARACTERS]
