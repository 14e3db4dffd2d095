from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.footage import GapCause
from evidence.entry import EntryKind
from storage.index.footage_tables import EntryRow, GapRow, RunRow, SegmentRow
from storage.objects.keys import kept_line
from storage.registry.devices import NotEnrolledError, revoke_device
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over, seqs, states


def test_everything_a_journal_announces_arrives(ingest, station, journal, sessions, store):
    run = journal.start()
    segments = [journal.segment(run, n) for n in range(3)]
    gap = journal.gap(MORNING + timedelta(seconds=30), 5)
    journal.state(EntryKind.STOP, {})

    assert set(states(hand_over(ingest, station, journal))) == {"stored"}

    with sessions() as session:
        assert session.get_one(RunRow, run.run_id).init_stored_utc == MORNING
        rows = session.scalars(select(SegmentRow).order_by(SegmentRow.number)).all()
        assert [row.segment_id for row in rows] == [s.segment_id for s in segments]
        assert {row.state for row in rows} == {"stored"}
        assert session.get_one(GapRow, gap.gap_id).cause == "camera_unreachable"
        lines = session.scalars(select(EntryRow.line).order_by(EntryRow.seq)).all()
        assert lines == journal.lines
        for row in rows:
            content = journal.objects[row.segment_id][1]
            assert b"".join(store.get(row.object_key)) == content
            assert kept_line(store.stat(row.object_key).metadata) in journal.lines


def test_a_segment_is_announced_long_before_its_bytes_come(ingest, station, journal, sessions):
    run = journal.start()
    segment = journal.segment(run, 0)
    reply = ingest.accept_entries(station.caller, journal.lines)

    assert seqs(reply) == [1]
    with sessions() as session:
        assert session.get_one(SegmentRow, segment.segment_id).state == "announced"


def test_the_same_lines_again_are_accepted_silently(ingest, station, journal, incidents):
    run = journal.start()
    journal.segment(run, 0)
    journal.gap(MORNING, 5)
    first = ingest.accept_entries(station.caller, journal.lines)
    again = ingest.accept_entries(station.caller, journal.lines)

    assert again == first
    assert incidents.kinds == []


def test_an_empty_request_tells_the_heads_of_all_chains(ingest, station, new_station):
    first, second, strangers = station.journal(0), station.journal(1), new_station()
    for journal, caller in ((first, station.caller), (second, station.caller)):
        journal.start()
        ingest.accept_entries(caller, journal.lines)
    strange = strangers.journal()
    strange.start()
    ingest.accept_entries(strangers.caller, strange.lines)

    reply = ingest.accept_entries(station.caller, [])
    assert {(h.camera_id, h.epoch, h.seq) for h in reply.heads} == {
        (j.camera_id, j.epoch, 0) for j in (first, second)
    }


def test_an_entry_whose_predecessor_is_missing_waits_for_it(ingest, station, journal):
    run = journal.start()
    journal.segment(run, 0)
    reply = ingest.accept_entries(station.caller, journal.lines[1:])
    assert seqs(reply) == [-1]
    assert reply.refused == ()

    assert seqs(ingest.accept_entries(station.caller, journal.lines)) == [1]


def test_another_line_under_a_known_number_is_a_fork(ingest, station, journal, incidents):
    journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    twin = station.journal()
    twin.epoch = journal.epoch
    twin.start(init=b"another init")

    reply = ingest.accept_entries(station.caller, twin.lines)
    assert seqs(reply) == [0]
    assert len(reply.refused) == 1
    assert incidents.kinds == ["chain_fork"]


def test_an_entry_that_names_another_predecessor_is_a_fork(ingest, station, journal, incidents):
    run = journal.start()
    ingest.accept_entries(station.caller, journal.lines)
    twin = station.journal()
    twin.epoch = journal.epoch
    twin.start(init=b"another init")
    twin.state(EntryKind.STOP, {})

    reply = ingest.accept_entries(station.caller, twin.lines[1:])
    assert (seqs(reply), len(reply.refused), incidents.kinds) == ([0], 1, ["chain_fork"])

    journal.segment(run, 0)
    assert seqs(ingest.accept_entries(station.caller, journal.lines)) == [1]


def test_a_line_that_its_device_did_not_sign_is_refused(ingest, station, journal, sessions):
    journal.start()
    changed = journal.lines[0].replace('"width":768', '"width":769')
    reply = ingest.accept_entries(station.caller, [changed, "garbage", ""])

    assert len(reply.refused) == 3
    with sessions() as session:
        assert session.scalars(select(EntryRow)).all() == []


def test_a_camera_of_another_station_is_refused(ingest, station, new_station, sessions):
    strange = new_station().journal()
    strange.device_id, strange.key = station.caller.device_id, station.key
    run = strange.start()
    strange.segment(run, 0)

    reply = ingest.accept_entries(station.caller, strange.lines)
    assert len(reply.refused) == 2
    with sessions() as session:
        assert session.scalars(select(RunRow)).all() == []


def test_a_device_of_another_station_is_refused(ingest, station, new_station):
    stranger = new_station().journal()
    stranger.start()
    assert len(ingest.accept_entries(station.caller, stranger.lines).refused) == 1


def test_a_segment_of_an_unknown_run_is_refused(ingest, station, journal, new_station, sessions):
    other = station.journal(1)
    foreign_run = other.start()
    ingest.accept_entries(station.caller, other.lines)
    run = journal.start()
    journal.segment(run, 0, run_id=foreign_run.run_id)

    reply = ingest.accept_entries(station.caller, journal.lines)
    assert (seqs(reply), len(reply.refused)) == ([0], 1)
    with sessions() as session:
        assert session.scalars(select(SegmentRow)).all() == []


def test_what_stands_behind_a_refused_line_is_not_taken(ingest, station, journal):
    run = journal.start()
    journal.segment(run, 0, run_id=uuid4())
    journal.segment(run, 1)
    reply = ingest.accept_entries(station.caller, journal.lines)
    assert (seqs(reply), len(reply.refused)) == ([0], 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"start_utc": MORNING.replace(year=1969)},
        {"codec": "avc1\x00"},
        {"codec": "a" * 65},
        {"width": 2**31},
        {"timescale": 2**63},
    ],
)
def test_a_run_that_no_index_can_keep_is_refused(ingest, station, journal, changes):
    journal.start(**changes)
    reply = ingest.accept_entries(station.caller, journal.lines)
    assert (seqs(reply), len(reply.refused)) == ([], 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"frame_count": 2**31},
        {"size_bytes": 2**63},
        {"clock_offset_s": float("nan")},
        {"start_utc": MORNING.replace(year=9999, month=12, day=31), "seconds": 1e6},
    ],
)
def test_a_segment_that_no_index_can_keep_is_refused(ingest, station, journal, changes):
    run = journal.start()
    journal.segment(run, 0, **changes)
    reply = ingest.accept_entries(station.caller, journal.lines)
    assert (seqs(reply), len(reply.refused)) == ([0], 1)


def test_a_gap_is_kept_as_an_object_too(ingest, station, journal, store):
    gap = journal.gap(MORNING, 5)
    ingest.accept_entries(station.caller, journal.lines)
    [listed] = list(store.list("v1/"))
    assert listed.key.endswith(f"080000.000000Z-{gap.gap_id}.gap.json")
    assert b"".join(store.get(listed.key)).decode() == journal.lines[0]


def test_what_the_device_evicted_is_no_longer_expected(ingest, station, journal, sessions):
    run = journal.start()
    inside, outside = journal.segment(run, 0), journal.segment(run, 1)
    journal.gap(MORNING, 10, GapCause.EVICTED)
    ingest.accept_entries(station.caller, journal.lines)
    with sessions() as session:
        assert session.get_one(SegmentRow, inside.segment_id).state == "lost"
        assert session.get_one(SegmentRow, outside.segment_id).state == "announced"


def test_a_revoked_device_hands_nothing_in(ingest, station, journal, sessions):
    run = journal.start()
    with sessions.begin() as session:
        revoke_device(session, station.caller.device_id, MORNING)
    for call in (
        lambda: ingest.accept_entries(station.caller, journal.lines),
        lambda: ingest.grant(station.caller, [journal.wanted(run.run_id)]),
        lambda: ingest.confirm(station.caller, [run.run_id]),
    ):
        with pytest.raises(NotEnrolledError):
            call()


def test_a_gap_that_ends_before_it_starts_is_refused_alone(ingest, station, journal):
    other = station.journal(1)
    other.start()
    body = {
        "gap": str(uuid4()),
        "t0": "2026-11-24T09:00:00.000000Z",
        "t1": "2026-11-24T08:00:00.000000Z",
        "cause": "disk_full",
    }
    journal.state(EntryKind.GAP, body)
    reply = ingest.accept_entries(station.caller, [*journal.lines, *other.lines])
    assert (seqs(reply), len(reply.refused)) == ([0], 1)
