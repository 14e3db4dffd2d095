import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.footage import GapCause
from core.timerange import TimeRange
from storage.coverage import CoverageState, load_coverage
from storage.expiry import MassDeletionError
from storage.holds import HoldScope, Release, place_hold, release_hold
from storage.identity import WrongStoreError
from storage.index.footage_tables import GapRow, SegmentRow
from storage.objects.keys import MARKER_KEY
from storage.objects.port import ObjectMissingError
from tests.fakes.journal import MORNING
from tests.integration.storage.upkeep.conftest import (
    DAY,
    HOUR,
    findings,
    key_of,
    retention,
    snapshot,
)
from tests.waiting import PATIENCE_S


class TestRetention:
    def test_keeps_what_is_young(self, sessions, store, clock, journal):
        clock.advance(DAY.total_seconds())
        assert retention(sessions, store, clock).run().segment_count == 0

    def test_a_dry_run_tells_and_deletes_nothing(self, sessions, store, clock, journal):
        clock.advance(2 * DAY.total_seconds())
        before = snapshot(sessions)
        report = retention(sessions, store, clock).plan()
        assert (report.segment_count, report.stored_count) == (3, 3)
        assert snapshot(sessions) == before
        assert findings(sessions, store) == []

    def test_deletes_what_is_past_its_time_and_says_so(self, sessions, store, clock, journal):
        clock.advance(2 * DAY.total_seconds())
        keys = [key_of(sessions, number) for number in range(3)]
        assert retention(sessions, store, clock).run().segment_count == 3
        for key in keys:
            with pytest.raises(ObjectMissingError):
                store.stat(key)
        with sessions() as session:
            coverage = load_coverage(session, journal.camera_id, HOUR)
        first = coverage.spans[0]
        assert (first.state, first.cause, first.said_by) == (
            CoverageState.GAP,
            GapCause.EXPIRED,
            "archive",
        )
        assert first.range.duration == timedelta(seconds=30)
        assert findings(sessions, store) == []
        assert retention(sessions, store, clock).run().segment_count == 0

    def test_what_never_arrived_is_not_deleted(self, sessions, store, clock, journal):
        clock.advance(2 * DAY.total_seconds())
        retention(sessions, store, clock).run()
        with sessions() as session:
            row = session.scalars(select(SegmentRow).filter_by(number=4)).one()
        assert row.state == "announced"

    def test_withheld_footage_is_kept(self, sessions, store, clock, journal):
        with sessions.begin() as session:
            session.scalars(select(SegmentRow).filter_by(number=1)).one().state = "withheld"
        clock.advance(2 * DAY.total_seconds())
        assert retention(sessions, store, clock).run().segment_count == 2
        assert findings(sessions, store) == []

    def test_refuses_to_delete_a_large_share(self, sessions, store, clock, journal):
        clock.advance(2 * DAY.total_seconds())
        with pytest.raises(MassDeletionError):
            retention(sessions, store, clock, max_share=0.5).run()
        assert findings(sessions, store) == []

    def test_refuses_a_store_without_its_marker(self, sessions, store, clock, journal):
        clock.advance(2 * DAY.total_seconds())
        store.delete(MARKER_KEY)
        with pytest.raises(WrongStoreError):
            retention(sessions, store, clock).run()
        assert len(list(store.list("v1/"))) == 5

    def test_a_hold_keeps_what_it_covers_until_it_is_released(
        self, sessions, store, clock, journal, station, account_id
    ):
        clock.advance(2 * DAY.total_seconds())
        stretch = TimeRange(MORNING + timedelta(seconds=9), MORNING + timedelta(seconds=11))
        scope = HoldScope(range=stretch, station_id=station.caller.station_id)
        with sessions.begin() as session:
            hold_id = place_hold(session, store, scope, "complaint 17", account_id, MORNING).hold_id
        assert retention(sessions, store, clock).run().segment_count == 1
        with sessions.begin() as session:
            release = Release(account_id=account_id, reason="closed", at_utc=MORNING)
            release_hold(session, hold_id, release)
        assert retention(sessions, store, clock).run().segment_count == 2
        with sessions() as session:
            gaps = session.scalars(select(GapRow).filter_by(cause="expired")).all()
        assert len(gaps) == 2

    @pytest.mark.parametrize("cut_at", range(1, 9))
    def test_a_crash_at_any_step_is_finished_by_the_next_run(
        self, sessions, store, clock, journal, cut_at
    ):
        clock.advance(2 * DAY.total_seconds())
        calls = [0]

        class CrashError(Exception):
            pass

        class CutStore:
            def __getattr__(self, name):
                original = getattr(store, name)
                if name not in ("put", "delete"):
                    return original

                def cut(*args):
                    calls[0] += 1
                    if calls[0] * 2 - 1 == cut_at:
                        raise CrashError
                    original(*args)
                    if calls[0] * 2 == cut_at:
                        raise CrashError

                return cut

        with pytest.raises(CrashError):
            retention(sessions, CutStore(), clock).run()
        retention(sessions, store, clock).run()
        assert findings(sessions, store) == []
        with sessions() as session:
            rows = session.scalars(select(SegmentRow).filter_by(state="expired")).all()
            assert len(rows) == 3
            assert all(row.deleted_utc for row in rows)
            assert len(session.scalars(select(GapRow).filter_by(cause="expired")).all()) == 1

    def test_what_a_crash_left_is_not_deleted_under_a_hold(
        self, sessions, store, clock, journal, station, account_id
    ):
        left, last = timedelta(seconds=9), timedelta(seconds=15)
        scope = HoldScope(
            range=TimeRange(MORNING + left, MORNING + last), station_id=station.caller.station_id
        )
        with sessions.begin() as session:
            place_hold(session, store, scope, "complaint 19", account_id, MORNING)
            for row in session.scalars(select(SegmentRow).filter_by(state="stored")):
                row.state = "expired"
        assert retention(sessions, store, clock).run().unfinished_count == 1
        kept = {listed.key for listed in store.list("v1/")}
        assert [key_of(sessions, number) in kept for number in range(3)] == [True, True, False]

    def test_a_hold_that_is_being_placed_is_waited_for(
        self, sessions, store, clock, journal, account_id
    ):
        clock.advance(2 * DAY.total_seconds())
        run = threading.Thread(target=retention(sessions, store, clock).run)
        with sessions() as session:
            place_hold(session, store, HoldScope(range=HOUR), "complaint 18", account_id, MORNING)
            run.start()
            run.join(timeout=1)  # long enough to do harm, if nothing held it back
            session.commit()
        run.join(timeout=PATIENCE_S)
        with sessions() as session:
            assert session.scalars(select(SegmentRow).filter_by(state="expired")).all() == []
        assert findings(sessions, store) == []
