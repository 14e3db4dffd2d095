"""Which stations the demo has. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from zlib import crc32

from core.redact import redacted
from core.station import StationMode

_LINES = (
    ("1042", "Школа № 5", "bishkek_city", "Бишкек, ул. Токтогула, 120"),
    ("2017", "Кара-Суу мектеби", "osh", "Кара-Суу, Ленин көч., 3"),
    ("3001", "Ак-Суу клубу", "issyk_kul", "Ак-Суу айылы"),
    ("4110", "Ат-Башы мектеби", "naryn", "Ат-Башы айылы"),
    ("5208", "Талас, школа № 4", "talas", "Талас, ул. Бердике Баатыра, 1"),
    ("6312", "Сокулук, школа № 2", "chuy", "Сокулук, ул. Фрунзе, 98"),
    ("7405", "Баткен лицейи", "batken", "Баткен, Раззаков көч., 20"),
    ("8133", "Жалал-Абад, школа № 6", "jalal_abad", "Жалал-Абад, ул. Курманбека, 12"),
    ("9021", "Ош, гимназия № 3", "osh_city", "Ош, ул. Курманжан Датка, 44"),
)
_CAMERAS = ("Урны", "Стол выдачи бюллетеней")
_OPTIONS = "size=640x360&fps=15&gop=15&kbps=300"
"""A keyframe each second: a live picture comes at once."""
_SMALLER = "size=192x108&fps=5&gop=5&kbps=60"
"""What a viewer with a narrow link is sent."""
_OWN_FIRST = 9500
_OWN_NUMBERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCamera:
    """A camera of the user's."""

    address: str
    is_live: bool
    """Whether its video can be watched live: H.264."""
    substream: str | None = None
    """The address of its smaller stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStation:
    """A station that shall be there."""

    number: str
    name: str
    region: str
    address: str
    phone: str
    """Of the commission's chair."""
    mode: StationMode
    cameras: tuple[str, ...]
    """Names, by position."""
    sources: tuple[str, ...]
    """Their addresses; may carry passwords."""
    smaller: tuple[str, ...] = ()
    """Those of their smaller streams, by position too; none where they have none."""


def planned(count: int, own: Sequence[GivenCamera]) -> tuple[PlannedStation, ...]:
    """Simulated stations, the first half of them online, then one for each camera given."""
    online = (count + 1) // 2
    made = tuple(_simulated(at, is_online=at < online) for at in range(count))
    numbers: list[str] = []
    for camera in own:
        numbers.append(_own_number(camera.address, numbers))
    return made + tuple(map(_own, own, numbers))


def _simulated(at: int, *, is_online: bool) -> PlannedStation:
    round_, line = divmod(at, len(_LINES))
    first, name, region, address = _LINES[line]
    number = str(int(first) + round_)
    shown = [quote(f"УИК {number} · {name} · {camera}") for camera in _CAMERAS]
    return PlannedStation(
        number=number,
        name=name,
        region=region,
        address=address,
        phone=f"+996 555 {number[:2]} {number[2:]} 00",
        mode=StationMode.ONLINE if is_online else StationMode.RECORDING_ONLY,
        cameras=_CAMERAS,
        sources=tuple(f"test:{text}?{_OPTIONS}" for text in shown),
        smaller=tuple(f"test:{text}?{_SMALLER}" for text in shown) if is_online else (),
    )


def _own(camera: GivenCamera, number: str) -> PlannedStation:
    return PlannedStation(
        number=number,
        name=redacted(camera.address)[-80:],
        region="bishkek_city",
        address="",
        phone="",
        mode=StationMode.ONLINE if camera.is_live else StationMode.RECORDING_ONLY,
        cameras=("",),
        sources=(camera.address,),
        smaller=(camera.substream,) if camera.is_live and camera.substream else (),
    )


def _own_number(address: str, taken: Sequence[str]) -> str:
    """The same number for the same address in every run."""
    start = crc32(address.encode("utf-8", "surrogateescape"))
    for step in range(_OWN_NUMBERS):
        number = str(_OWN_FIRST + (start + step) % _OWN_NUMBERS)
        if number not in taken:
            return number
    raise ValueError("more cameras than numbers")
