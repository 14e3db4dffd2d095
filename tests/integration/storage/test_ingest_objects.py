import hashlib
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.errors import ForbiddenError, NotFoundError
from core.wire.upload import ConfirmState
from storage.index.footage_tables import RunRow
from storage.intake.grants import GRANT_PATH
from storage.objects.keys import ASIDE_PREFIX, line_metadata
from storage.objects.port import ObjectDamagedError, ObjectPromise
from tests.integration.storage.conftest import hand_over, put, states


def test_a_grant_needs_an_entry_first(ingest, station, journal, new_station):
    run = journal.start()
    segment = journal.segment(run, 0)
    wanted = [journal.wanted(segment.segment_id)]
    assert states(ingest.grant(station.caller, wanted)) == ["unknown"]

    ingest.accept_entries(station.caller, journal.lines)
    assert states(ingest.grant(station.caller, wanted)) == ["upload"]
    assert states(ingest.grant(new_station().caller, wanted)) == ["unknown"]


def test_a_grant_for_other_bytes_is_refused_and_recorded(ingest, station, journal, incidents):
    run = journal.start()
    segment = journal.segment(run, 0)
    ingest.accept_entries(station.caller, journal.lines)
    other = journal.wanted(segment.segment_id).model_copy(update={"sha256": "0" * 64})

    assert states(ingest.grant(station.caller, [other])) == ["refused"]
    assert incidents.kinds == ["object_conflict"]


def test_a_stored_object_needs_no_second_grant(ingest, station, journal):
    run = journal.start()
    journal.segment(run, 0)
    hand_over(ingest, station, journal)
    wanted = [journal.wanted(i) for i in journal.objects]
    assert states(ingest.grant(station.caller, wanted)) == ["stored", "stored"]


def test_bytes_left_between_put_and_confirm_are_found_by_the_next_grant(ingest, station, journal):
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    [grant] = ingest.grant(station.caller, [journal.wanted(run.run_id)]).grants
    put(ingest, grant, b"init")
    assert states(ingest.grant(station.caller, [journal.wanted(run.run_id)])) == ["stored"]


def test_other_bytes_than_announced_are_never_stored(ingest, station, journal, store, sessions):
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    [grant] = ingest.grant(station.caller, [journal.wanted(run.run_id)]).grants
    with suppress(ObjectDamagedError):
        assert put(ingest, grant, b"tini") == 400
    assert states(ingest.confirm(station.caller, [run.run_id])) == ["missing"]
    assert put(ingest, grant, b"init") == 200
    assert states(ingest.confirm(station.caller, [run.run_id])) == ["stored"]


@pytest.mark.parametrize("content", [b"tini", b"longer than announced"])
def test_damage_found_by_confirm_is_set_aside_and_can_be_repaired(
    ingest, station, journal, store, sessions, incidents, content
):
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    with sessions() as session:
        key = session.get_one(RunRow, run.run_id).object_key
    store.put(key, [content], promise_of(content, journal.lines[0]))

    assert states(ingest.confirm(station.caller, [run.run_id])) == ["damaged"]
    assert incidents.kinds == ["object_damaged"]
    [aside] = list(store.list(ASIDE_PREFIX))
    assert b"".join(store.get(aside.key)) == content
    assert {c.state for c in hand_over(ingest, station, journal).confirmations} == {
        ConfirmState.STORED
    }


def test_what_was_put_right_meanwhile_is_not_set_aside(
    ingest, station, journal, store, sessions, monkeypatch
):
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    with sessions() as session:
        key = session.get_one(RunRow, run.run_id).object_key
    store.put(key, [b"tini"], promise_of(b"tini", journal.lines[0]))
    read, readings = store.get, []

    def read_and_repair(key):
        """Another call sets the damage aside after it was read here, and the device puts anew."""
        content = b"".join(read(key))
        if not readings:
            store.move(key, f"{ASIDE_PREFIX}{uuid4()}")
            store.put(key, [b"init"], promise_of(b"init", journal.lines[0]))
        readings.append(content)
        return iter([content])

    monkeypatch.setattr(store, "get", read_and_repair)
    assert states(ingest.confirm(station.caller, [run.run_id])) == ["stored"]
    assert readings == [b"tini", b"init"]
    assert b"".join(read(key)) == b"init"


def test_bytes_without_their_signed_line_are_not_taken(ingest, station, journal, store, sessions):
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    with sessions() as session:
        key = session.get_one(RunRow, run.run_id).object_key
    store.put(key, [b"init"], promise_of(b"init"))
    assert states(ingest.confirm(station.caller, [run.run_id])) == ["damaged"]


def test_confirm_answers_in_order_and_tells_what_never_came(ingest, station, journal, new_station):
    run = journal.start()
    segment = journal.segment(run, 0)
    hand_over(ingest, station, journal)
    unknown = uuid4()
    reply = ingest.confirm(station.caller, [unknown, segment.segment_id, run.run_id])
    assert [c.object_id for c in reply.confirmations] == [unknown, segment.segment_id, run.run_id]
    assert states(reply) == ["missing", "stored", "stored"]
    assert states(ingest.confirm(new_station().caller, [run.run_id])) == ["missing"]


def promise_of(content: bytes, line: str | None = None) -> ObjectPromise:
    return ObjectPromise(
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        metadata=line_metadata(line) if line else {},
    )


@pytest.fixture
def disk_grant(kind, ingest, station, journal, request) -> str:
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    [grant] = ingest.grant(station.caller, [journal.wanted(run.run_id)]).grants
    return grant.url.removeprefix(GRANT_PATH)


@pytest.mark.parametrize("kind", ["disk+sqlite"])
class TestTheDiskRoute:
    def test_takes_the_granted_bytes_and_a_repetition(self, ingest, disk_grant, store):
        ingest.receive(disk_grant, [b"in", b"it"])
        ingest.receive(disk_grant, [b"in", b"it"])
        assert [o.size_bytes for o in store.list("v1/")] == [4]

    def test_refuses_a_grant_that_was_changed_or_has_expired(self, ingest, disk_grant, clock):
        for token in (disk_grant[:-3] + "abc", "", "x.y.z"):
            with pytest.raises(ForbiddenError):
                ingest.receive(token, [b"init"])
        clock.advance(15 * 60 + 1)
        with pytest.raises(ForbiddenError):
            ingest.receive(disk_grant, [b"init"])

    def test_refuses_a_grant_of_an_object_that_is_gone(self, ingest, disk_grant, sessions):
        with sessions.begin() as session:
            session.delete(session.scalars(select(RunRow)).one())
        with pytest.raises(NotFoundError):
            ingest.receive(disk_grant, [b"init"])

    @pytest.mark.parametrize("is_confirmed", [False, True])
    def test_refuses_and_reports_other_bytes_under_a_known_name(
        self, ingest, disk_grant, store, station, journal, incidents, is_confirmed
    ):
        ingest.receive(disk_grant, [b"init"])
        if is_confirmed:
            ingest.confirm(station.caller, list(journal.objects))
        with pytest.raises(ObjectDamagedError):
            ingest.receive(disk_grant, [b"tini"])
        assert incidents.kinds == ["object_damaged"]
        [listed] = store.list("v1/")
        assert b"".join(store.get(listed.key)) == b"init"

    def test_reports_bytes_that_are_not_the_announced_ones(self, ingest, disk_grant, incidents):
        with pytest.raises(ObjectDamagedError):
            ingest.receive(disk_grant, [b"tini"])
        assert incidents.kinds == ["object_damaged"]
