"""What is stated again, by a new chain or under a known id: the same is fine, others are not."""

from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from core.footage import GapCause
from evidence.entry import EntryKind
from evidence.statements import gap_body, run_body, segment_body
from storage.index.footage_tables import GapRow, RunRow, SegmentRow
from storage.intake.acceptance import keep_gap_line
from storage.registry.devices import NewDevice, add_device, revoke_device
from tests.fakes.journal import MORNING
from tests.fakes.station import public_text
from tests.integration.storage.conftest import seqs


def test_the_same_segment_restated_by_a_new_epoch_is_the_same(
    ingest, station, journal, incidents, sessions
):
    run = journal.start()
    segment = journal.segment(run, 0)
    ingest.accept_entries(station.caller, journal.lines)
    fresh = station.journal()
    fresh.state(EntryKind.SEGMENT, segment_body(segment))

    reply = ingest.accept_entries(station.caller, fresh.lines)
    assert (seqs(reply), reply.refused, incidents.kinds) == ([0], (), [])
    with sessions() as session:
        assert len(session.scalars(select(SegmentRow)).all()) == 1


def test_what_a_device_states_anew_after_it_lost_its_journal_is_the_same(
    ingest, station, journal, incidents, sessions
):
    run = journal.start()
    gap = journal.gap(MORNING, 5)
    ingest.accept_entries(station.caller, journal.lines)
    fresh = station.journal()
    later_utc = MORNING + timedelta(minutes=5)  # its first segments are gone from the device
    fresh.state(EntryKind.START, run_body(replace(run, start_utc=later_utc)))
    fresh.state(EntryKind.GAP, gap_body(gap))
    fresh.segment(run, 30)

    reply = ingest.accept_entries(station.caller, fresh.lines)
    assert (seqs(reply), reply.refused, incidents.kinds) == ([2], (), [])
    with sessions() as session:
        assert session.get_one(RunRow, run.run_id).start_utc == MORNING
    again = replace(run, init_sha256="ab" * 32)
    fresh.state(EntryKind.START, run_body(again))
    assert len(ingest.accept_entries(station.caller, fresh.lines).refused) == 1


def test_a_gap_that_is_refused_has_changed_nothing(ingest, station, journal, store, sessions):
    run = journal.start()
    inside = journal.segment(run, 0)
    gap = journal.gap(MORNING, 10, GapCause.EVICTED)
    other = station.journal().state(EntryKind.GAP, gap_body(replace(gap, cause=GapCause.LOST)))
    keep_gap_line(store, gap, other.line)  # as after an index that was lost

    reply = ingest.accept_entries(station.caller, journal.lines)
    assert len(reply.refused) == 1
    with sessions() as session:
        assert session.get(GapRow, gap.gap_id) is None
        assert session.get_one(SegmentRow, inside.segment_id).state == "announced"


def test_a_known_segment_under_other_bytes_is_refused(ingest, station, journal, incidents):
    run = journal.start()
    first = journal.segment(run, 0)
    journal.segment(run, 0, segment_id=first.segment_id, content=b"others")
    reply = ingest.accept_entries(station.caller, journal.lines)
    assert (seqs(reply), len(reply.refused), incidents.kinds) == ([1], 1, ["object_conflict"])


def test_a_known_gap_with_other_contents_is_refused(ingest, station, journal, incidents):
    gap = journal.gap(MORNING, 5)
    body = {
        "gap": str(gap.gap_id),
        "t0": "2026-11-24T08:00:00.000000Z",
        "t1": "2026-11-24T09:00:00.000000Z",
        "cause": "disk_full",
    }
    journal.state(EntryKind.GAP, body)
    reply = ingest.accept_entries(station.caller, journal.lines)
    assert (seqs(reply), len(reply.refused), incidents.kinds) == ([0], 1, ["object_conflict"])


def test_a_device_enrolled_anew_hands_in_what_its_earlier_self_signed(
    ingest, station, journal, sessions
):
    journal.start()
    key = public_text(Ed25519PrivateKey.generate())
    new = NewDevice(station_id=station.caller.station_id, public_key=key, agent_version="1")
    with sessions.begin() as session:
        revoke_device(session, station.caller.device_id, MORNING)
        device_id = add_device(session, new, MORNING).device_id
    renewed = replace(station.caller, device_id=device_id)
    assert seqs(ingest.accept_entries(renewed, journal.lines)) == [0]
