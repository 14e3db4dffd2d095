"""A reader of HLS media playlists that forgives nothing; RFC 8216."""

import re
from dataclasses import dataclass, field
from datetime import datetime

_HEAD = r"#EXT-X-(VERSION|TARGET|PLAYLIST|MEDIA|DISCONTINUITY-S)"
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')


@dataclass(kw_only=True)
class Part:
    uri: str
    seconds: float
    map_uri: str | None
    date: datetime | None
    is_gap: bool
    is_discontinuity: bool


@dataclass(kw_only=True)
class Playlist:
    version: int
    kind: str
    target_s: int
    parts: list[Part] = field(default_factory=list)
    start_s: float | None = None
    is_ended: bool = False
    first_number: int = 0
    passed_discontinuities: int = 0


def attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text)
    assert "".join(f"{k}={v}," for k, v in found).rstrip(",") == text, text
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), "an attribute appears twice"
    return {name: value.strip('"') for name, value in found}


def read_playlist(text: str) -> Playlist:
    assert text.endswith("\n")
    assert "\r" not in text
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    head = [line for line in lines if re.match(_HEAD, line)]
    values = dict(line[1:].split(":", 1) for line in head)
    assert len(values) == len(head), "a tag appears twice"
    playlist = Playlist(
        version=int(values["EXT-X-VERSION"]),
        kind=values.get("EXT-X-PLAYLIST-TYPE", "live"),
        target_s=int(values["EXT-X-TARGETDURATION"]),
        first_number=int(values["EXT-X-MEDIA-SEQUENCE"]),
        passed_discontinuities=int(values.get("EXT-X-DISCONTINUITY-SEQUENCE", "0")),
    )
    assert playlist.kind == "live" or playlist.first_number == 0, "only a live one slides"
    _read_parts(playlist, [line for line in lines[1:] if line not in head])
    _check(playlist)
    return playlist


def _read_parts(playlist: Playlist, lines: list[str]) -> None:
    map_uri, seconds, date, is_gap, is_discontinuity = None, None, None, False, False
    for line in lines:
        assert not playlist.is_ended, "something stands behind the end"
        tag, _, value = line.partition(":")
        match tag:
            case "#EXT-X-MAP":
                map_uri = attributes(value)["URI"]
            case "#EXT-X-PROGRAM-DATE-TIME":
                date = datetime.fromisoformat(value)
                assert date.tzinfo is not None
            case "#EXT-X-DISCONTINUITY":
                is_discontinuity = True
            case "#EXT-X-GAP":
                is_gap = True
            case "#EXTINF":
                assert value.endswith(",")
                seconds = float(value.removesuffix(","))
            case "#EXT-X-START":
                assert not playlist.parts
                playlist.start_s = float(attributes(value)["TIME-OFFSET"])
            case "#EXT-X-ENDLIST":
                playlist.is_ended = True
            case _:
                assert not line.startswith("#"), f"unknown tag {line}"
                assert seconds is not None, "an address without EXTINF"
                playlist.parts.append(
                    Part(
                        uri=line,
                        seconds=seconds,
                        map_uri=map_uri,
                        date=date,
                        is_gap=is_gap,
                        is_discontinuity=is_discontinuity,
                    )
                )
                seconds, date, is_gap, is_discontinuity = None, None, False, False


def _check(playlist: Playlist) -> None:
    assert playlist.version >= 6, "EXT-X-MAP asks for 6"
    assert playlist.parts
    assert all(round(part.seconds) <= playlist.target_s for part in playlist.parts)
    assert all(part.map_uri or part.is_gap for part in playlist.parts)
    assert not playlist.parts[0].is_discontinuity
