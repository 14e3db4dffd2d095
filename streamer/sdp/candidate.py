"""Remote candidates: those worth a check are kept, the others are passed over in silence."""

from dataclasses import dataclass
from ipaddress import ip_address

MAX_CANDIDATES = 32
"""Each one costs connectivity checks; browsers send fewer than ten."""
_TYPES = ("host", "srflx", "prflx", "relay")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCandidate:
    """Where the other side says it can be reached by UDP."""

    foundation: str
    priority: int
    address: str
    port: int
    kind: str


def read_candidate(line: str) -> RemoteCandidate | None:
    """Read the value of an `a=candidate` line.

    Returns None for what cannot be used: TCP, a component other than RTP, a name in place of
    an address. Names end in `.local` as browsers send them: to look one up is a multicast
    query that nobody outside the viewer's own network answers, and costs a second each.

    Source: RFC 9725 section 4.3.1: what is not supported is ignored, not refused.
    """
    parts = line.removeprefix("candidate:").split()
    if len(parts) < 8 or parts[1] != "1" or parts[2].lower() != "udp" or parts[6] != "typ":
        return None
    address = _address(parts[4])
    if address is None or parts[7] not in _TYPES or not _are_numbers(parts[3], parts[5]):
        return None
    return RemoteCandidate(
        foundation=parts[0][:32],
        priority=int(parts[3]),
        address=address,
        port=int(parts[5]),
        kind="srflx" if parts[7] == "prflx" else parts[7],
    )


def _address(text: str) -> str | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if address.is_unspecified or address.is_multicast:
        return None
    return str(address)


def _are_numbers(priority: str, port: str) -> bool:
    is_number = all(t.isascii() and t.isdigit() and len(t) <= 10 for t in (priority, port))
    return is_number and int(priority) < 2**32 and 0 < int(port) < 65536
