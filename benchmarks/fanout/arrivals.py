"""What one client got: how much is missing, and whether it decodes."""

import contextlib

import av
from aiortc.codecs import depayload
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from benchmarks.fanout.socket_filter import SAMPLED

_H264 = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90000, payloadType=102)
_SENDER_REPORT = 200


class Arrivals:
    """Counts packets by their numbers, and decodes them where every one is wanted.

    Args:
        is_sampled: Whether only each `SAMPLED`-th packet comes here.
    """

    def __init__(self, *, is_sampled: bool) -> None:
        self.packets = 0
        self.pictures = 0
        self.reports = 0
        self._step = SAMPLED if is_sampled else 1
        self._first: int | None = None
        self._highest = 0
        self._decoder = None if is_sampled else av.CodecContext.create("h264", "r")
        self._payloads: list[bytes] = []
        self.timestamps = 0
        self._timestamp: int | None = None

    def take(self, data: bytes) -> None:
        """A decrypted packet."""
        packet = RtpPacket.parse(data, HeaderExtensionsMap())
        number = packet.sequence_number
        if self._first is None:
            self._first = self._highest = number
        ahead = ((number - self._highest + 0x8000) & 0xFFFF) - 0x8000
        self._highest += max(0, ahead)
        self.packets += 1
        if self._decoder is not None:
            self._decode(packet)

    def take_report(self, data: bytes) -> None:
        """A decrypted RTCP packet."""
        self.reports += data[1] == _SENDER_REPORT

    def restart(self) -> None:
        """Count anew, from the next packet on."""
        self.packets, self._first = 0, None

    @property
    def lost(self) -> int:
        """Packets of those that pass which never came."""
        if self._first is None:
            return 0
        return (self._highest - self._first) // self._step + 1 - self.packets

    def _decode(self, packet: RtpPacket) -> None:
        if packet.timestamp != self._timestamp:
            self._timestamp = packet.timestamp
            self.timestamps += 1
        self._payloads.append(depayload(_H264, packet.payload))
        if packet.marker and self._decoder is not None:
            whole, self._payloads = b"".join(self._payloads), []
            # An engine that begins within a GOP sends what nobody can decode yet.
            with contextlib.suppress(av.error.InvalidDataError):
                self.pictures += len(self._decoder.decode(av.Packet(whole)))
