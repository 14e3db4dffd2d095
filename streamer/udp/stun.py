"""The few STUN messages that keep a session alive, read and written. Pure.

aioice does the same with objects, which is well while a session begins and a load when two
thousand viewers ask every few seconds. Source: RFC 8489 sections 5 and 14, RFC 8445 section 7.
"""

import hmac
from binascii import crc32
from collections.abc import Iterator
from ipaddress import ip_address
from struct import Struct

REQUEST, RESPONSE = b"\0\1", b"\1\1"
TRANSACTION = slice(8, 20)
_COOKIE = bytes.fromhex("2112a442")
_HEADER_BYTES = 20
_USERNAME, _INTEGRITY, _PRIORITY = 0x0006, 0x0008, 0x0024
_MAPPED, _FINGERPRINT = 0x0020, 0x8028
_CONTROLLED, _CONTROLLING = 0x8029, 0x802A
_INTEGRITY_BYTES, _FINGERPRINT_BYTES = 24, 8
_FINGERPRINT_MASK = 0x5354554E
_PAIR = Struct("!HH")


def is_stun(data: bytes) -> bool:
    """Whether a datagram is a STUN message (RFC 7983)."""
    return len(data) >= _HEADER_BYTES and data[0] < 4 and data[4:8] == _COOKIE


def addressee(request: bytes) -> str | None:
    """The part of a request's user name that its receiver gave out."""
    for kind, start, size in _attributes(request):
        if kind == _USERNAME:
            name = request[start : start + size].partition(b":")[0]
            return name.decode("ascii", "replace")
    return None


def is_authentic(message: bytes, key: bytes) -> bool:
    """Whether a message was signed with the password; one without a signature was not."""
    for kind, start, size in _attributes(message):
        if kind == _INTEGRITY:
            signed = message[: start - 4]
            return hmac.compare_digest(message[start : start + size], _digest(signed, key))
    return False


def write_response(request: bytes, address: tuple[str, int], key: bytes) -> bytes:
    """Answer a request that came from an address."""
    host = ip_address(address[0])
    cookie = int.from_bytes(_COOKIE, "big")
    mask = _COOKIE + request[TRANSACTION]
    port = (address[1] ^ cookie >> 16).to_bytes(2, "big")
    masked = bytes(a ^ b for a, b in zip(host.packed, mask, strict=False))
    mapped = (b"\0\1" if host.version == 4 else b"\0\2") + port + masked
    return _signed(RESPONSE, request[TRANSACTION], _attribute(_MAPPED, mapped), key)


def write_request(
    transaction: bytes,
    username: str,
    priority: int,
    tie_breaker: int,
    key: bytes,
    *,
    is_controlling: bool = False,
) -> bytes:
    """Ask a peer whether it still wants what it gets (RFC 7675)."""
    role = _CONTROLLING if is_controlling else _CONTROLLED
    body = b"".join(
        (
            _attribute(_USERNAME, username.encode()),
            _attribute(_PRIORITY, priority.to_bytes(4, "big")),
            _attribute(role, tie_breaker.to_bytes(8, "big")),
        )
    )
    return _signed(REQUEST, transaction, body, key)


def _attributes(message: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, start and size of each attribute's value, as far as they are whole."""
    position = _HEADER_BYTES
    while position + 4 <= len(message):
        kind, size = _PAIR.unpack_from(message, position)
        position += 4
        if position + size > len(message):
            return
        yield kind, position, size
        position += size + 3 & ~3


def _attribute(kind: int, value: bytes) -> bytes:
    return _PAIR.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _digest(signed: bytes, key: bytes) -> bytes:
    # The length in the header counts up to and with the signature (RFC 8489 section 14.5).
    size = len(signed) - _HEADER_BYTES + _INTEGRITY_BYTES
    return hmac.digest(key, signed[:2] + size.to_bytes(2, "big") + signed[4:], "sha1")


def _signed(kind: bytes, transaction: bytes, body: bytes, key: bytes) -> bytes:
    plain = kind + bytes(2) + _COOKIE + transaction + body
    signed = plain + _attribute(_INTEGRITY, _digest(plain, key))
    size = len(signed) - _HEADER_BYTES + _FINGERPRINT_BYTES
    whole = signed[:2] + size.to_bytes(2, "big") + signed[4:]
    return whole + _attribute(_FINGERPRINT, (crc32(whole) ^ _FINGERPRINT_MASK).to_bytes(4, "big"))
