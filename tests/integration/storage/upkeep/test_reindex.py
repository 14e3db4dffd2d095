import pytest
from sqlalchemy import select

from core.footage import GapCause
from core.wire.upload import GrantState
from storage.coverage import CoverageState, load_coverage
from storage.index.engine import make_sessions
from storage.index.footage_tables import RunRow, SegmentRow
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow
from storage.index.schema import upgrade
from storage.objects.keys import line_metadata
from storage.reindex import Reindex
from tests.integration.storage.conftest import hand_over, make_ingest, put
from tests.integration.storage.upkeep.conftest import (
    DAY,
    HOUR,
    damage,
    findings,
    key_of,
    promise_of,
    retention,
    snapshot,
)


class TestReindex:
    @pytest.fixture
    def empty(self, new_engine):
        engine = new_engine()
        upgrade(engine)
        return make_sessions(engine)

    def reindex(self, sessions, store, clock, *, is_deep=True):
        return Reindex(sessions, store, clock, lambda count: None, is_deep=is_deep).run()

    def test_rebuilds_the_rows_of_every_object(self, sessions, store, clock, journal, empty):
        report = self.reindex(empty, store, clock)
        assert (report.object_count, report.added_count, report.problems) == (5, 5, [])

        before, after = snapshot(sessions), snapshot(empty)
        assert after["runs"] == before["runs"]
        assert after["gaps"] == before["gaps"]
        assert after["segments"] == {row for row in before["segments"] if row.state == "stored"}
        assert after["entries"] == {row for row in before["entries"] if row.seq <= 4}
        assert findings(empty, store) == []

    def test_changes_nothing_when_it_is_repeated(self, sessions, store, clock, journal, empty):
        before = snapshot(sessions)
        assert self.reindex(sessions, store, clock).added_count == 0
        assert snapshot(sessions) == before
        self.reindex(empty, store, clock)
        first = snapshot(empty)
        assert self.reindex(empty, store, clock).added_count == 0
        assert snapshot(empty) == first

    def test_devices_fill_what_only_the_index_knew(
        self, sessions, store, clock, journal, empty, station, incidents
    ):
        self.reindex(empty, store, clock)
        copy_registry(sessions, empty, station)
        ingest = make_ingest(empty, store, clock, incidents)
        assert [h.seq for h in ingest.accept_entries(station.caller, []).heads] == [4]
        reply = hand_over(ingest, station, journal)
        assert {c.state.value for c in reply.confirmations} == {"stored"}
        assert [h.seq for h in ingest.accept_entries(station.caller, []).heads] == [6]
        assert incidents.kinds == []

    def test_a_hole_in_a_rebuilt_chain_closes_when_its_entry_comes_again(
        self, sessions, store, clock, journal, empty, station, incidents
    ):
        store.delete(key_of(sessions, 0))  # its entry has seq 1
        self.reindex(empty, store, clock)
        copy_registry(sessions, empty, station)
        ingest = make_ingest(empty, store, clock, incidents)
        assert [h.seq for h in ingest.accept_entries(station.caller, []).heads] == [0]
        [head] = ingest.accept_entries(station.caller, journal.lines[1:2]).heads
        assert (head.seq, incidents.kinds) == (4, [])
        hand_over(ingest, station, journal)
        assert findings(empty, store) == []

    @pytest.mark.parametrize("is_deep", [False, True])
    def test_names_what_it_cannot_take(self, sessions, store, clock, journal, empty, is_deep):
        damage(store, key_of(sessions, 1), b"short")
        report = self.reindex(empty, store, clock, is_deep=is_deep)
        assert len(report.problems) == 1
        assert key_of(sessions, 1) in report.problems[0]
        with empty() as session:
            assert session.scalars(select(SegmentRow).filter_by(number=1)).all() == []

    def test_wrong_bytes_are_never_called_stored_unread(
        self, sessions, store, clock, journal, ingest, station
    ):
        segment_id, key = next(
            (row.segment_id, row.object_key)
            for row in rows_of(sessions, SegmentRow)
            if row.state == "announced"
        )
        good = journal.objects[segment_id][1]
        entry = next(e for e in journal.entries if e.body.get("segment") == str(segment_id))
        bad = b"x" * len(good)
        store.put(key, [bad], promise_of(bad, line_metadata(entry.line)))

        report = self.reindex(sessions, store, clock, is_deep=False)
        assert [problem.partition(": ")[0] for problem in report.problems] == [key]
        [grant] = ingest.grant(station.caller, [journal.wanted(segment_id)]).grants
        assert grant.state is GrantState.UPLOAD
        assert put(ingest, grant, good) == 200
        assert self.reindex(sessions, store, clock, is_deep=False).problems == []
        assert {r.state for r in rows_of(sessions, SegmentRow)} == {"stored"}

    @pytest.mark.parametrize("is_deep", [False, True])
    def test_a_new_index_takes_nothing_unread(
        self, sessions, store, clock, journal, empty, is_deep
    ):
        keys = {key_of(sessions, 1), rows_of(sessions, RunRow)[0].object_key}
        for key in keys:
            damage(store, key, b"x" * store.stat(key).size_bytes)
        report = self.reindex(empty, store, clock, is_deep=is_deep)
        assert {problem.partition(": ")[0] for problem in report.problems} == keys

    def test_a_device_we_know_must_have_signed(
        self, sessions, store, clock, journal, empty, station
    ):
        copy_registry(sessions, empty, station, public_key="A" * 43 + "=")
        report = self.reindex(empty, store, clock)
        assert len(report.problems) == 5
        assert snapshot(empty)["entries"] == set()

    def test_expired_footage_stays_known(self, sessions, store, clock, journal, empty):
        clock.advance(2 * DAY.total_seconds())
        retention(sessions, store, clock).run()
        self.reindex(empty, store, clock)
        before, after = snapshot(sessions), snapshot(empty)
        assert after["gaps"] == before["gaps"]
        assert {(r.segment_id, r.state) for r in after["segments"]} == {
            (r.segment_id, r.state) for r in before["segments"] if r.state == "expired"
        }

    def test_what_expired_after_the_backup_is_not_recorded_any_more(
        self, sessions, store, clock, journal, empty, station
    ):
        copy_registry(sessions, empty, station)
        self.reindex(empty, store, clock)  # the backup
        with empty.begin() as session:
            for row in session.scalars(select(SegmentRow)):
                row.state = ("stored", "announced", "withheld")[row.number]
        clock.advance(2 * DAY.total_seconds())
        retention(sessions, store, clock).run()
        assert self.reindex(empty, store, clock).problems == []
        with empty() as session:
            [span, *_] = load_coverage(session, journal.camera_id, HOUR).spans
        assert (span.state, span.cause) == (CoverageState.GAP, GapCause.EXPIRED)
        assert findings(empty, store) == []
        assert retention(empty, store, clock).run().unfinished_count == 0

    def test_a_record_without_its_deletion_leaves_the_footage_recorded(
        self, sessions, store, clock, journal, empty
    ):
        class CutError(Exception):
            pass

        class CutStore:
            """The record is durable, and then nothing is committed."""

            def __getattr__(self, name):
                return getattr(store, name)

            def put(self, *args):
                store.put(*args)
                raise CutError

        clock.advance(2 * DAY.total_seconds())
        with pytest.raises(CutError):
            retention(sessions, CutStore(), clock).run()
        self.reindex(empty, store, clock)
        assert {row.state for row in snapshot(empty)["segments"]} == {"stored"}
        assert retention(empty, store, clock).plan().unfinished_count == 0


def rows_of(sessions, table):
    with sessions() as session:
        return session.scalars(select(table)).all()


def copy_registry(source, target, station, public_key: str | None = None) -> None:
    with source() as session:
        rows = [
            *session.scalars(select(StationRow)),
            *session.scalars(select(CameraRow)),
            *session.scalars(select(DeviceRow)),
        ]
        session.expunge_all()
    with target.begin() as session:
        for row in rows:
            if isinstance(row, DeviceRow) and public_key:
                row.public_key = public_key
            session.merge(row)
            session.flush()
