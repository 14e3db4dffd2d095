"""What a run's init says about its tracks. Pure."""

from dataclasses import dataclass
from fractions import Fraction

from storage.export.boxes import Box, FootageFormatError
from storage.export.fragment import SampleDefaults


@dataclass(frozen=True, slots=True, kw_only=True)
class InitTrack:
    """One track of a run, in boxes that a clip repeats as they are."""

    track_id: int
    is_video: bool
    timescale: int
    """Ticks a second."""
    language: bytes
    """Two bytes of `mdhd`."""
    header_rest: bytes
    """Of `tkhd`, behind the duration: layer, volume, matrix, size."""
    handler: bytes
    """`hdlr`, a whole box."""
    media_header: bytes
    """`vmhd`, `smhd` or the like, and `dinf`: whole boxes."""
    descriptions: bytes
    """`stsd`, a whole box."""
    defaults: SampleDefaults
    presentation_shift: Fraction
    """Seconds by which the init's own edit list moves the track."""


def read_init(data: bytes) -> tuple[InitTrack, ...]:
    """The tracks of an init (`ftyp` + `moov`), in its order.

    Raises:
        FootageFormatError: It is not an init.
    """
    moov = Box(kind=b"init", content=data).child(b"moov")
    movie_timescale = _timescale(moov.child(b"mvhd"))
    defaults = dict(_defaults(trex) for trex in moov.child(b"mvex").all(b"trex"))
    tracks = tuple(_track(trak, defaults, movie_timescale) for trak in moov.all(b"trak"))
    if not any(track.is_video for track in tracks):
        raise FootageFormatError("the init has no video track")
    return tracks


def _track(trak: Box, defaults: dict[int, SampleDefaults], movie_timescale: int) -> InitTrack:
    tkhd, mdia = trak.child(b"tkhd"), trak.child(b"mdia")
    mdhd, hdlr, minf = mdia.child(b"mdhd"), mdia.child(b"hdlr"), mdia.child(b"minf")
    track_id = tkhd.fields("I", 20 if tkhd.version == 1 else 12)[0]
    timescale = _timescale(mdhd)
    if track_id not in defaults or timescale == 0:
        raise FootageFormatError(f"track {track_id} of the init is not fit for fragments")
    return InitTrack(
        track_id=track_id,
        is_video=hdlr.content[8:12] == b"vide",
        timescale=timescale,
        language=mdhd.content[32:34] if mdhd.version == 1 else mdhd.content[20:22],
        header_rest=tkhd.content[36:] if tkhd.version == 1 else tkhd.content[24:],
        handler=hdlr.to_bytes(),
        media_header=b"".join(b.to_bytes() for b in minf.children() if b.kind != b"stbl"),
        descriptions=minf.child(b"stbl", b"stsd").to_bytes(),
        defaults=defaults[track_id],
        presentation_shift=_shift(trak, movie_timescale, timescale),
    )


def _timescale(header: Box) -> int:
    return header.fields("I", 20 if header.version == 1 else 12)[0]


def _defaults(trex: Box) -> tuple[int, SampleDefaults]:
    track_id, description, duration, size, flags = trex.fields("5I", 4)
    return track_id, SampleDefaults(
        description=description, duration=duration, size=size, flags=flags
    )


def _shift(trak: Box, movie_timescale: int, timescale: int) -> Fraction:
    """Empty edits delay a track; the media time of the first real one brings it forward."""
    shift = Fraction(0)
    for edts in trak.all(b"edts"):
        elst = edts.child(b"elst")
        layout, size = ("Qq", 20) if elst.version == 1 else ("Ii", 12)
        for number in range(elst.fields("I", 4)[0]):
            duration, media_time = elst.fields(layout, 8 + number * size)
            if media_time >= 0:
                return shift - Fraction(media_time, timescale)
            shift += Fraction(duration, movie_timescale or 1)
    return shift
