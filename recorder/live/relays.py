"""The relays that a streamer names, for stations from which no UDP gets out. Pure.

Sources: RFC 9725 section 4.6 and RFC 8288 for the header, RFC 7065 for addresses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_VALUE = r'"(?:[^"\\]|\\.)*"|[^\s",;]+'
_LINK = re.compile(rf"<([^<>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:{_VALUE}))*)")
_PARAMETER = re.compile(rf"([\w-]+)\s*=\s*({_VALUE})")
_TURN = re.compile(r"(turns?):([A-Za-z0-9.-]+)(:[0-9]{1,5})?(?:\?transport=(udp|tcp))?")
_HEADER_CHARACTERS = 8192
_RELAYS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A TURN server, with the right to use it for a while."""

    url: str
    username: str
    credential: str = field(repr=False)

    @property
    def is_disguised(self) -> bool:
        """Whether it looks like any web page's connection: TLS."""
        return self.url.startswith("turns:")

    @property
    def is_tcp(self) -> bool:
        """Whether it is reached without UDP."""
        return self.is_disguised or self.url.endswith("?transport=tcp")


def relays_of(link_header: str) -> tuple[Relay, ...]:
    """The TURN servers of a `Link` header, in its order; what is no such link is passed over.

    Addresses written as IPv6 are passed over too: aiortc cannot read them.
    """
    links = _LINK.findall(link_header[:_HEADER_CHARACTERS])
    return tuple(relay for url, rest in links for relay in _relay(url, rest))[:_RELAYS]


def best_relay(relays: tuple[Relay, ...]) -> Relay | None:
    """The one that gets out of the most closed network: TLS, then TCP, then UDP.

    A relay is tried after the straight way failed, so what is asked of it is to get through.
    """
    return max(relays, key=lambda relay: (relay.is_disguised, relay.is_tcp), default=None)


def _relay(url: str, rest: str) -> Iterator[Relay]:
    found = {name.lower(): _bare(value) for name, value in _PARAMETER.findall(rest)}
    has_password = found.get("credential-type", "password") == "password"
    is_usable = _TURN.fullmatch(url) is not None and has_password and not _is_dtls(url)
    if is_usable and found.get("rel") == "ice-server" and {"username", "credential"} <= set(found):
        yield Relay(url=url, username=found["username"], credential=found["credential"])


def _is_dtls(url: str) -> bool:
    return url.startswith("turns:") and url.endswith("=udp")


def _bare(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
