"""What a `test:` address asks for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote
from zlib import crc32

from core.errors import SettingsError

_NAME_LONGEST = 80
_FPS_MAX = 60
_GOP_S = 2
_SIDES = {"width": (192, 3840), "height": (90, 2160)}
"""A block of the burnt-in rows is at least four pixels wide and two high."""
_WHOLE = {"fps": (1, _FPS_MAX), "gop": (1, 600), "kbps": (50, 50_000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A simulated camera."""

    name: str
    """Shown in the picture; also decides colours and how people walk."""
    width: int = 640
    height: int = 360
    fps: int = 15
    gop: int
    """Pictures from one keyframe to the next."""
    kbps: int = 400

    @property
    def seed(self) -> int:
        """A number that the name alone decides."""
        return crc32(self.name.encode())


def read_pattern(location: str) -> Pattern:
    """Read what stands behind `test:`, for example `1042/1?size=640x360&fps=15&gop=30&kbps=400`.

    Args:
        location: A name, percent-encoded where needed, and options; each may be left out.

    Raises:
        SettingsError: An option that does not exist, or a value that cannot be.
    """
    name, _, query = location.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    width, height = _size(options.pop("size", "640x360"))
    strangers = sorted(options.keys() - _WHOLE.keys())
    if strangers:
        raise SettingsError(
            f"a test: camera has no option {strangers[0]!r}; there are size, fps, gop and kbps"
        )
    fps = _whole(options, "fps", 15)
    return Pattern(
        name=_name(unquote(name)),
        width=width,
        height=height,
        fps=fps,
        gop=_whole(options, "gop", fps * _GOP_S),
        kbps=_whole(options, "kbps", 400),
    )


def _name(text: str) -> str:
    if len(text) > _NAME_LONGEST or not (text or " ").isprintable():
        raise SettingsError(f"a test: camera's name is at most {_NAME_LONGEST} printable letters")
    return text or "test"


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    sides = {"width": width, "height": height}
    numbers = [_whole(sides, name, 0, _SIDES) for name in ("width", "height")]
    if any(number % 2 for number in numbers):
        raise SettingsError("a test: camera's size needs even numbers, for example 640x360")
    return numbers[0], numbers[1]


def _whole(
    given: Mapping[str, str],
    name: str,
    default: int,
    limits: Mapping[str, tuple[int, int]] = _WHOLE,
) -> int:
    text = given.get(name, str(default))
    least, most = limits[name]
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise SettingsError(f"a test: camera's {name} is a whole number from {least} to {most}")
    return int(text)
