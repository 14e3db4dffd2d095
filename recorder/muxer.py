"""Muxes the packets of one run into CMAF fragments, in memory. Nothing is decoded."""

from fractions import Fraction

import av
from av.stream import Stream

from recorder.boxes import BoxSplitter, Fragment, Init
from recorder.sources.packet import MediaPacket
from recorder.timestamps import Stamp

FRAGMENT_S = 1
"""How much a `kill -9` may cost at most, beside what the camera has not sent yet."""
_OPTIONS = {
    # Without `skip_trailer` the muxer remembers every fragment of a run that may last for weeks.
    "movflags": "empty_moov+default_base_moof+frag_keyframe+skip_trailer",
    "frag_duration": str(FRAGMENT_S * 1_000_000),
    "avoid_negative_ts": "disabled",
}
_BUFFER_BYTES = 65536
_VIDEO_INDEX = 0


class _Sink:
    """The file the muxer believes to write: what it writes comes out as boxes."""

    def __init__(self) -> None:
        self._splitter = BoxSplitter()
        self._pieces: list[Init | Fragment] = []

    def write(self, data: bytes) -> int:
        self._pieces += self._splitter.feed(data)
        return len(data)

    def take(self) -> list[Init | Fragment]:
        if not self._pieces:
            return []
        pieces, self._pieces = self._pieces, []
        return pieces


class RunMuxer:
    """One run's fragmented MP4.

    Args:
        video: The source's stream; its codec parameters become the run's init.
        sound: The source's AAC stream, or None.
        extradata: The parameter sets in force, Annex B; None: those of `video`.
    """

    def __init__(
        self, video: Stream, sound: Stream | None = None, extradata: bytes | None = None
    ) -> None:
        self._sink = _Sink()
        self._output = av.open(
            self._sink, "w", format="mp4", options=_OPTIONS, buffer_size=_BUFFER_BYTES
        )
        self._video = self._output.add_stream_from_template(video)
        if video.codec_context.name == "hevc":
            self._video.codec_context.codec_tag = "hvc1"
        if extradata is not None:
            self._video.codec_context.extradata = extradata
        self._sound = None if sound is None else self._output.add_stream_from_template(sound)

    def write(self, packet: MediaPacket, stamp: Stamp) -> list[Init | Fragment]:
        """Take the run's next picture; gives the init first, then a fragment now and then.

        Args:
            packet: Changed: its times and stream become the run's.
            stamp: Its times in the run, in ticks of the packet's time base.

        Raises:
            av.FFmpegError: The muxer does not take it.
        """
        if packet.stream_index != _VIDEO_INDEX:
            packet.stream = self._video
        packet.pts, packet.dts, packet.duration = stamp
        self._output.mux_one(packet)
        return self._sink.take()

    def write_sound(
        self, packet: MediaPacket, time_base: Fraction, zero: int
    ) -> list[Init | Fragment]:
        """Take sound; packets from before the run's zero are dropped."""
        if self._sound is None or packet.pts is None or packet.pts < zero:
            return []
        packet.stream = self._sound
        packet.time_base = time_base
        packet.pts -= zero
        packet.dts = packet.pts
        self._output.mux_one(packet)
        return self._sink.take()

    def close(self) -> list[Init | Fragment]:
        """End the run; gives its last fragment."""
        self._output.close()
        return self._sink.take()
