from uuid import uuid4

import pytest
from sqlalchemy import select

from core.errors import BadInputError, NotFoundError
from storage.holds import (
    HoldReleasedError,
    HoldScope,
    NoReasonError,
    Release,
    list_holds,
    place_hold,
    release_hold,
)
from storage.identity import WrongStoreError, bind_archive
from storage.index.footage_tables import ArchiveRow
from storage.objects.keys import MARKER_KEY
from tests.fakes.journal import MORNING
from tests.integration.storage.upkeep.conftest import DAY, HOUR, damage


class TestHolds:
    def test_needs_a_reason_and_a_place_that_exists(self, sessions, store, station, account_id):
        wrong = [
            (HoldScope(range=HOUR), " ", NoReasonError),
            (HoldScope(range=HOUR, station_id=uuid4()), "why", NotFoundError),
            (HoldScope(range=HOUR, camera_id=uuid4()), "why", NotFoundError),
        ]
        for scope, reason, error in wrong:
            with sessions.begin() as session, pytest.raises(error):
                place_hold(session, store, scope, reason, account_id, MORNING)

    def test_a_camera_must_be_of_its_station(
        self, sessions, store, station, new_station, account_id
    ):
        scope = HoldScope(
            range=HOUR,
            station_id=new_station().caller.station_id,
            camera_id=station.camera_ids[0],
        )
        with sessions.begin() as session, pytest.raises(BadInputError):
            place_hold(session, store, scope, "why", account_id, MORNING)

    def test_is_released_once_for_a_reason_and_stays_on_record(self, sessions, store, account_id):
        release = Release(account_id=account_id, reason="verdict", at_utc=MORNING)
        silent = Release(account_id=account_id, reason=" ", at_utc=MORNING)
        with sessions.begin() as session:
            hold_id = place_hold(
                session, store, HoldScope(range=HOUR), "why", account_id, MORNING
            ).hold_id
            with pytest.raises(NoReasonError):
                release_hold(session, hold_id, silent)
            assert len(list_holds(session, is_standing=True)) == 1
        with sessions.begin() as session:
            release_hold(session, hold_id, release)
        with sessions() as session:
            assert list_holds(session, is_standing=True) == []
            told = [(row.reason, row.release_reason) for row in list_holds(session)]
            assert told == [("why", "verdict")]
            with pytest.raises(HoldReleasedError):
                release_hold(session, hold_id, release)
            with pytest.raises(NotFoundError):
                release_hold(session, uuid4(), release)

    def test_of_two_who_release_at_once_the_first_stays_on_record(
        self, sessions, store, account_id
    ):
        with sessions.begin() as session:
            scope = HoldScope(range=HOUR)
            hold_id = place_hold(session, store, scope, "why", account_id, MORNING).hold_id

        class SlowReason(str):
            """Somebody else releases the hold while this reason is looked at."""

            def strip(self):
                with sessions.begin() as first:
                    said = Release(account_id=account_id, reason="verdict", at_utc=MORNING)
                    release_hold(first, hold_id, said)
                SlowReason.strip = str.strip
                return super().strip()

        late = Release(account_id=account_id, reason=SlowReason("error"), at_utc=MORNING + DAY)
        with pytest.raises(HoldReleasedError), sessions.begin() as second:
            release_hold(second, hold_id, late)
        with sessions() as session:
            [row] = list_holds(session)
            assert (row.release_reason, row.released_utc) == ("verdict", MORNING)


class TestIdentity:
    def test_a_new_pair_is_bound_and_stays_bound(self, sessions, store, clock):
        assert bind_archive(sessions, store, clock) == bind_archive(sessions, store, clock)

    def test_an_index_of_another_store_is_refused(self, sessions, store, clock):
        bind_archive(sessions, store, clock)
        with sessions.begin() as session:
            session.scalars(select(ArchiveRow)).one().archive_id = uuid4()
        with pytest.raises(WrongStoreError):
            bind_archive(sessions, store, clock)

    def test_a_marker_that_cannot_be_read_is_refused(self, sessions, store, clock):
        bind_archive(sessions, store, clock)
        damage(store, MARKER_KEY, b"garbage")
        with pytest.raises(WrongStoreError):
            bind_archive(sessions, store, clock)
