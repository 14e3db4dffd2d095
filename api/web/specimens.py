"""Invented values for the page of components: each component in each of its states."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from api.fleet_views import CameraView, StationView
from api.web.day_bar import DayBar, day_bar, day_of
from api.web.tables import Arrangement, Cell, Column, Table
from api.web.wall_page import tones_of
from api.web.wall_view import look_of, summary_of
from core.footage import GapCause
from core.health import Reason, Status
from core.station import LiveMode, StationMode
from core.timerange import TimeRange
from core.ui.catalogue import Texts
from core.ui.words import Tone, cause_word, reason_advice, reason_word
from storage.coverage import Coverage, CoverageSpan, CoverageState

_NOW_UTC = datetime(2026, 11, 24, 9, 3, 22, tzinfo=UTC)
_ZONE = ZoneInfo("Asia/Bishkek")
_CASES: tuple[tuple[Status, tuple[Reason, ...], float | None], ...] = (
    (Status.OK, (), 2.0),
    (Status.FAILING, (Reason.COVERED,), 4.0),
    (Status.FAILING, (Reason.NOT_RECORDING, Reason.CAMERA_UNREACHABLE), 95.0),
    (Status.UNKNOWN, (Reason.AGENT_SILENT,), 340.0),
    (Status.UNKNOWN, (Reason.NEVER_SEEN,), None),
    (Status.NOT_EXPECTED, (), None),
)


def specimens(texts: Texts) -> dict[str, object]:
    """What `components.html` shows."""
    stations = [_station(place, *case) for place, case in enumerate(_CASES)]
    return {
        "pairs": [(station, station.cameras[0]) for station in stations],
        "summary": summary_of(stations),
        "look": look_of,
        "tones": tones_of(Reason),
        "all_tones": tuple(Tone),
        "reasons": [(r, reason_word(texts, r), reason_advice(texts, r)) for r in Reason],
        "causes": [cause_word(texts, cause) for cause in GapCause],
        "bar": _bar(texts),
        "table": _table(texts),
        "wanted": Arrangement(order_by="name"),
        "all": len(_CASES),
    }


def _station(
    place: int, status: Status, reasons: tuple[Reason, ...], still_age_s: float | None
) -> StationView:
    camera = CameraView(
        id=UUID(int=place + 1),
        position=1 + place % 2,
        name="",
        status=status,
        reasons=reasons,
        still_age_s=still_age_s,
        last_recorded_age_s=None if status is Status.UNKNOWN else 1.0,
        is_publishing=False,
    )
    return StationView(
        id=UUID(int=place + 101),
        number=str(1042 + place),
        name="Гимназия № 13",
        region="issyk_kul",
        address="",
        mode=StationMode.ONLINE,
        live=LiveMode.ALWAYS,
        status=status,
        reasons=reasons,
        report_age_s=still_age_s,
        cameras=(camera,),
    )


def _bar(texts: Texts) -> DayBar:
    day = day_of(_NOW_UTC, _ZONE)
    cursor, spans = day.start_utc, []
    for hours, state, cause in (
        (7.0, CoverageState.UNKNOWN, None),
        (2.5, CoverageState.RECORDED, None),
        (0.5, CoverageState.GAP, GapCause.CAMERA_UNREACHABLE),
        (3.0, CoverageState.RECORDED, None),
        (1.0, CoverageState.ON_DEVICE, None),
        (10.0, CoverageState.UNKNOWN, None),
    ):
        end = cursor + timedelta(hours=hours)
        spans.append(CoverageSpan(range=TimeRange(cursor, end), state=state, cause=cause))
        cursor = end
    return day_bar(Coverage(range=day, spans=tuple(spans)), _ZONE, _NOW_UTC, texts)


def _table(texts: Texts) -> Table:
    rows = (
        (Cell(text="1042"), Cell(text="Школа № 5"), Cell(text=texts("status.ok"), tone="ok")),
        (
            Cell(text="1043"),
            Cell(text="Гимназия"),
            Cell(text=texts("reason.covered"), tone="failing"),
        ),
    )
    names = ("number", "name", "state")
    return Table(columns=tuple(Column(key=n, name=f"table.{n}") for n in names), rows=rows)
