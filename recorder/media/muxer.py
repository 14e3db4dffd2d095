"""Muxes the packets of one run into CMAF fragments, in memory. Nothing is decoded."""

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from recorder.media.boxes import BoxSplitter, Fragment, Init
from recorder.media.packet import MediaPacket
from recorder.media.picture_size import picture_size
from recorder.media.sound import sound_track
from recorder.media.timestamps import Stamp

FRAGMENT_S = 1
"""How much a `kill -9` may cost at most, beside what the camera has not sent yet."""
_OPTIONS = {
    # Without `skip_trailer` the muxer remembers every fragment of a run that may last for weeks;
    # without `frag_discont` it moves sound that begins later than the pictures to their start,
    # and without `use_editlist` off it moves pictures that are shown out of order.
    "movflags": "empty_moov+default_base_moof+frag_keyframe+skip_trailer+frag_discont",
    "use_editlist": "0",
    "frag_duration": str(FRAGMENT_S * 1_000_000),
    "avoid_negative_ts": "disabled",
    # Pictures must not wait in memory for sound that has stopped; by default they do for 10 s.
    "max_interleave_delta": "200000",
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
        sound: The source's sound, or None; see `recorder.media.sound`.
        extradata: The parameter sets in force, Annex B; None: those of `video`.
    """

    def __init__(
        self, video: VideoStream, sound: AudioStream | None = None, extradata: bytes | None = None
    ) -> None:
        self._sink = _Sink()
        self._output = av.open(
            self._sink, "w", format="mp4", options=_OPTIONS, buffer_size=_BUFFER_BYTES
        )
        self._video = self._output.add_stream_from_template(video)
        if video.codec_context.name == "hevc":
            self._video.codec_context.codec_tag = "hvc1"
        if extradata is not None:
            self._announce(extradata, video.codec_context.name)
        self._sound = None if sound is None else sound_track(self._output, sound)

    def _announce(self, sets: bytes, codec: str) -> None:
        context = self._video.codec_context
        context.extradata = sets
        size = picture_size(sets, codec)
        if size is not None:
            context.width, context.height = size

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

    def write_sound(self, packet: MediaPacket, zero: int) -> list[Init | Fragment]:
        """Take sound; packets from before the run's zero are dropped.

        Args:
            packet: Changed, as by `write`.
            zero: The run's 0 in the packet's time base.
        """
        if self._sound is None:
            return []
        for ready in self._sound.take(packet, zero):
            self._output.mux_one(ready)
        return self._sink.take()

    def close(self) -> list[Init | Fragment]:
        """End the run; gives its last fragment."""
        self._output.close()
        return self._sink.take()
