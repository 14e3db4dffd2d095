"""Lost packets in a stream of their own. Source: RFC 4588 section 4."""

from secrets import randbelow

from streamer.rtp.packet import HEADER_BYTES

_EXTENDED = 0x10
_EXTENDED_BYTES = 3
_ONE_BYTE_BLOCK = bytes.fromhex("bede0001")


class Retransmission:
    """The stream in which one viewer gets lost packets again.

    Args:
        payload_type: What the answer called it.
        ssrc: Its own, not the one of the stream it repeats.
        extension: The number of the one-byte header extension that its packets carry; None: none.
    """

    def __init__(self, payload_type: int, ssrc: int, extension: int | None = None) -> None:
        self._extension = extension
        self._payload_type = payload_type
        self._ssrc = ssrc.to_bytes(4, "big")
        self._next_sequence = randbelow(0x4000)

    def wrapped(self, packet: bytes, extended: bytes = b"") -> bytes:
        """A packet without header extensions as it is sent again, under the next number.

        Args:
            packet: As it was sent.
            extended: Three bytes for the header extension, where one was agreed on.
        """
        marker = packet[1] & 0x80
        sequence = (self._next_sequence & 0xFFFF).to_bytes(2, "big")
        self._next_sequence += 1
        extension = self._block(extended)
        first = packet[0] | (_EXTENDED if extension else 0)
        head = bytes((first, marker | self._payload_type)) + sequence + packet[4:8] + self._ssrc
        return head + extension + packet[2:4] + packet[HEADER_BYTES:]

    def _block(self, extended: bytes) -> bytes:
        """Source: RFC 8285 section 4.2."""
        if self._extension is None or len(extended) != _EXTENDED_BYTES:
            return b""
        return _ONE_BYTE_BLOCK + bytes((self._extension << 4 | _EXTENDED_BYTES - 1,)) + extended
