"""A camera that flaps: more runs in a day than an index takes in one question."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.timerange import TimeRange
from storage.export.evidence import evidence_lines
from storage.export.plan import plan_export
from storage.index.footage_tables import RunRow, SegmentRow
from tests.fakes.journal import MORNING, Journal

RUNS = 1100
"""SQLite refuses an expression of more than a thousand parts."""


@pytest.fixture
def flapping(sessions, ingest, station) -> Journal:
    journal = station.journal()
    for number in range(RUNS):
        begin = MORNING + timedelta(seconds=20 * number)
        journal.segment(journal.start(begin), 0, seconds=1, start_utc=begin)
    for place in range(0, len(journal.lines), 256):
        ingest.accept_entries(station.caller, journal.lines[place : place + 256])
    with sessions.begin() as session:
        session.execute(update(RunRow).values(init_stored_utc=MORNING))
        session.execute(update(SegmentRow).values(state="stored", stored_utc=MORNING))
    return journal


@pytest.mark.parametrize("kind", ["disk+sqlite"], indirect=True)
def test_the_lines_of_a_day_with_a_thousand_runs_are_read(sessions, flapping):
    day = TimeRange(MORNING, MORNING + timedelta(days=1))
    with sessions() as session:
        plan = plan_export(session, flapping.camera_id, day)
        assert len(plan.clips) == RUNS
        assert list(evidence_lines(session, plan)) == flapping.lines


def test_a_start_outside_the_range_is_among_the_lines_once(sessions, ingest, station):
    journal = station.journal()
    run = journal.start()
    for number in range(6):
        journal.segment(run, number)
    ingest.accept_entries(station.caller, journal.lines)
    with sessions.begin() as session:
        session.execute(update(RunRow).values(init_stored_utc=MORNING))
        session.execute(update(SegmentRow).values(state="stored", stored_utc=MORNING))
    late = TimeRange(MORNING + timedelta(seconds=30), MORNING + timedelta(seconds=50))
    with sessions() as session:
        plan = plan_export(session, journal.camera_id, late)
        assert list(evidence_lines(session, plan)) == [journal.lines[0], *journal.lines[4:6]]
