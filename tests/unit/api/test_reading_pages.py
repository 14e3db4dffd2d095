"""What pages tell people: numbers that are wrong, warnings, and when something was said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.web.incident_comments import comment_lines
from core.health import Judgement, Reason, Status
from core.ui.catalogue import texts_in
from core.ui.languages import Language
from core.ui.link import Link, LinkState
from core.ui.station_facts import StationFacts
from core.ui.station_view import station_view
from core.ui.words import Tone

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
BISHKEK = ZoneInfo("Asia/Bishkek")
_SAID = "2026-11-25T17:38:41.856159Z operator: the chair is called"


async def test_a_number_of_no_station_is_told_where_it_was_typed(auditor):
    answer = await auditor.get("/archive?station=99999", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'value="99999"' in answer.text
    assert 'aria-describedby="no-station"' in answer.text
    first = await auditor.get("/archive", headers={"Accept": "text/html"})
    assert first.status_code == 200
    assert "no-station" not in first.text


def test_a_comment_is_dated_by_the_clock_of_the_place():
    [line] = comment_lines(_SAID, BISHKEK, texts_in(Language.EN))
    assert line == "25 November 2026, 23:38:41 UTC+6 · operator: the chair is called"


def test_a_line_without_an_instant_stays_as_it_was_written():
    told = f"{_SAID}\nand comes at once\n"
    assert comment_lines(told, BISHKEK, texts_in(Language.EN))[1] == "and comes at once"


def test_a_warning_stays_one_beside_a_failure():
    judgement = Judgement(Status.FAILING, (Reason.CAMERA_SILENT, Reason.CLOCK_UNSYNCED))
    facts = StationFacts(
        number="1042",
        name="School 5",
        zone=BISHKEK,
        judgement=judgement,
        cameras=(),
        report=None,
        report_utc=None,
        link=Link(state=LinkState.GOOD),
        now_utc=NOW,
    )
    [trouble] = station_view(facts, texts_in(Language.EN)).troubles
    assert trouble.tone is Tone.WARNING
