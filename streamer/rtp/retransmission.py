"""Lost packets in a stream of their own. Source: RFC 4588 section 4."""

from secrets import randbelow

from streamer.rtp.packet import HEADER_BYTES


class Retransmission:
    """The stream in which one viewer gets lost packets again.

    Args:
        payload_type: What the answer called it.
        ssrc: Its own, not the one of the stream it repeats.
    """

    def __init__(self, payload_type: int, ssrc: int) -> None:
        self._payload_type = payload_type
        self._ssrc = ssrc.to_bytes(4, "big")
        self._next_sequence = randbelow(0x4000)

    def wrapped(self, packet: bytes) -> bytes:
        """A packet without header extensions as it is sent again, under the next number."""
        marker = packet[1] & 0x80
        sequence = (self._next_sequence & 0xFFFF).to_bytes(2, "big")
        self._next_sequence += 1
        head = bytes((packet[0], marker | self._payload_type)) + sequence + packet[4:8]
        return head + self._ssrc + packet[2:4] + packet[HEADER_BYTES:]
