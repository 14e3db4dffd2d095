"""A run's sound: AAC as it comes, G.711 as AAC, for no browser plays telephone sound in MP4.

Encoding a telephone channel costs a third of a percent of a core. It is done here and not by a
child, as a picture would be: a child would have to open the camera a second time, with the
camera's password among its arguments for every process of the machine to read.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer

from recorder.media.packet import MediaPacket

ENCODED_CODECS = frozenset({"pcm_alaw", "pcm_mulaw"})
RECORDED_SOUND = frozenset({"aac"}) | ENCODED_CODECS
_RATE_HZ = 16000
"""Twice that of the telephone: some players know no AAC below it."""
_BIT_RATE = 32000


class SoundTrack(Protocol):
    """Where a run's sound goes."""

    def take(self, packet: MediaPacket, zero: int) -> Iterator[MediaPacket]:
        """Packets to be muxed for one that came; what cannot follow is left out.

        Args:
            packet: May be changed.
            zero: The run's 0 in the packet's time base.
        """
        ...


def sound_track(output: OutputContainer, source: AudioStream) -> SoundTrack:
    """Add a source's sound to a run."""
    if source.codec_context.name in ENCODED_CODECS:
        return _Encoded(output, source)
    return _Copied(output, source)


class _Following:
    """Lets through what comes after the last, at or behind 0: sound must never end a run."""

    def __init__(self) -> None:
        self._last = -1

    def takes(self, pts: int | None) -> bool:
        if pts is None or pts <= self._last:
            return False
        self._last = pts
        return True


class _Copied:
    def __init__(self, output: OutputContainer, source: AudioStream) -> None:
        self._stream = output.add_stream_from_template(source)
        self._following = _Following()

    def take(self, packet: MediaPacket, zero: int) -> Iterator[MediaPacket]:
        pts = None if packet.pts is None else packet.pts - zero
        if self._following.takes(pts):
            packet.stream = self._stream
            packet.pts = packet.dts = pts
            yield packet


class _Encoded:
    def __init__(self, output: OutputContainer, source: AudioStream) -> None:
        self._stream = output.add_stream("aac", rate=_RATE_HZ, layout="mono")
        self._stream.bit_rate = _BIT_RATE
        self._decoder = source.codec_context
        self._came, self._goes = _Following(), _Following()

    def take(self, packet: MediaPacket, zero: int) -> Iterator[MediaPacket]:
        base = packet.time_base
        if packet.pts is None or not self._came.takes(packet.pts - zero):
            return
        try:
            encoded = list(self._encode(packet, packet.pts - zero, base))
        except av.FFmpegError:
            return
        # The encoder's first packet lies before 0: it is there to warm decoders up.
        yield from (p for p in encoded if self._goes.takes(p.pts))

    def _encode(self, packet: MediaPacket, pts: int, base: Fraction) -> Iterator[MediaPacket]:
        for frame in self._decoder.decode(packet):
            frame.pts, frame.time_base = pts, base
            yield from self._stream.encode(frame)
