"""Two who act on an incident at the same moment; and what was said before remarks had rows."""

from datetime import timedelta
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import text

from storage.index.engine import make_sessions
from storage.index.schema import _config, upgrade
from storage.registry.incidents import (
    Occurrence,
    Place,
    acknowledge_incident,
    add_comment,
    comments_on,
    get_incident,
    report_occurrence,
)
from tests.fakes.journal import MORNING

LATER = MORNING + timedelta(milliseconds=5)


@pytest.fixture
def incident_id(sessions):
    with sessions.begin() as session:
        what = Occurrence(kind="dark", place=Place(), detail="")
        return report_occurrence(session, what, MORNING).incident_id


def said(sessions, incident_id):
    with sessions() as session:
        return [
            (c.at_utc, c.user, c.text) for c in comments_on(session, [incident_id])[incident_id]
        ]


def test_of_two_who_comment_at_once_both_are_heard(sessions, incident_id):
    with sessions() as slow, sessions() as quick:
        of_slow, of_quick = get_incident(slow, incident_id), get_incident(quick, incident_id)
        add_comment(quick, of_quick, "aigul", "the ballot box was moved", MORNING)
        quick.commit()
        add_comment(slow, of_slow, "bakyt", "noted", LATER)
        slow.commit()
    assert said(sessions, incident_id) == [
        (MORNING, "aigul", "the ballot box was moved"),
        (LATER, "bakyt", "noted"),
    ]


def test_of_two_who_take_an_incident_on_at_once_the_second_learns_who_was_first(
    sessions, incident_id
):
    first, second = uuid4(), uuid4()
    with sessions() as slow, sessions() as quick:
        of_slow, of_quick = get_incident(slow, incident_id), get_incident(quick, incident_id)
        acknowledge_incident(quick, of_quick, first, MORNING)
        quick.commit()
        acknowledge_incident(slow, of_slow, second, LATER)
        slow.commit()
        assert (of_slow.acknowledged_by, of_slow.acknowledged_utc) == (first, MORNING)
    with sessions() as session:
        assert get_incident(session, incident_id).acknowledged_by == first


def test_what_was_said_before_each_remark_had_a_row_is_kept(new_engine):
    engine, incident_id, silent_id = new_engine(), uuid4(), uuid4()
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    kept = (
        "2026-11-24T08:00:00.000000Z aigul: called: the chair\n"
        "  2026-11-24T08:00:00.000000Z admin: all is well\n"
        "2026-11-24T08:00:00.005000Z bakyt: noted"
    )
    insert = text(
        "INSERT INTO incident (incident_id, kind, detail, count, opened_utc, last_utc, comment)"
        " VALUES (:id, 'dark', '', 1, '2026-11-24 08:00:00', '2026-11-24 08:00:00', :comment)"
    )
    with engine.begin() as connection:
        for id_, comment in ((incident_id, kept), (silent_id, "")):
            is_sqlite = engine.dialect.name == "sqlite"
            connection.execute(insert, {"id": id_.hex if is_sqlite else id_, "comment": comment})
    upgrade(engine)
    assert said(make_sessions(engine), incident_id) == [
        (MORNING, "aigul", "called: the chair\n2026-11-24T08:00:00.000000Z admin: all is well"),
        (LATER, "bakyt", "noted"),
    ]
    with make_sessions(engine)() as session:
        assert comments_on(session, [silent_id]) == {}
