"""Holds outlive the index: nothing they cover is deleted because a backup does not know them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from core.timerange import TimeRange
from storage.findings import FindingKind
from storage.hold_check import UnknownHoldError
from storage.hold_record import hold_key, release_key
from storage.holds import HoldScope, Release, list_holds, place_hold, release_hold
from storage.index.engine import make_sessions
from storage.index.footage_tables import HoldRow
from storage.index.registry_tables import AccountRow
from storage.index.schema import upgrade
from storage.objects.port import StoreUnavailableError
from storage.reindex import Reindex
from tests.fakes.journal import MORNING
from tests.integration.storage.upkeep.conftest import (
    DAY,
    HOUR,
    damage,
    findings,
    promise_of,
    retention,
    snapshot,
)

ELSEWHERE = TimeRange(MORNING - DAY, MORNING - DAY + timedelta(hours=1))


@pytest.fixture
def place(sessions, store, account_id):
    def place(scope=None, **changes):
        with sessions.begin() as session:
            scope = scope or HoldScope(range=HOUR)
            return place_hold(session, store, scope, "complaint 20", account_id, MORNING).hold_id

    return place


def reindex(sessions, store, clock):
    return Reindex(sessions, store, clock, lambda count: None).run()


def held(sessions) -> set:
    with sessions() as session:
        return {
            (r.hold_id, r.start_utc, r.end_utc, r.reason, r.placed_by, r.released_utc)
            for r in list_holds(session)
        }


def release(sessions, hold_id, account_id) -> None:
    with sessions.begin() as session:
        said = Release(account_id=account_id, reason="verdict", at_utc=MORNING + DAY)
        release_hold(session, hold_id, said)


def forget(sessions) -> None:
    """What restoring a backup from before does."""
    with sessions.begin() as session:
        session.execute(delete(HoldRow))


def test_a_hold_newer_than_the_backup_is_back_before_anything_is_deleted(
    sessions, store, clock, journal, place
):
    place()
    before = held(sessions)
    forget(sessions)
    assert findings(sessions, store) != []
    assert reindex(sessions, store, clock).problems == []
    assert held(sessions) == before
    assert findings(sessions, store) == []
    clock.advance(2 * DAY.total_seconds())
    assert retention(sessions, store, clock).run().segment_count == 0


def test_nothing_is_deleted_while_an_object_tells_of_a_hold_that_the_index_lacks(
    sessions, store, clock, journal, place
):
    place()
    forget(sessions)
    clock.advance(2 * DAY.total_seconds())
    with pytest.raises(UnknownHoldError, match="reindex"):
        retention(sessions, store, clock).run()
    assert {row.state for row in snapshot(sessions)["segments"]} == {"stored", "announced"}


def test_a_release_is_known_again_once_something_was_deleted_by_it(
    sessions, store, clock, journal, place, account_id
):
    hold_id = place()
    release(sessions, hold_id, account_id)
    retention(sessions, store, clock).run()
    before = held(sessions)
    forget(sessions)
    reindex(sessions, store, clock)
    assert held(sessions) == before
    with sessions() as session:
        [row] = list_holds(session)
        assert (row.release_reason, row.released_by) == ("verdict", account_id)


def test_a_release_that_no_object_tells_of_does_not_count(
    sessions, store, clock, journal, place, account_id
):
    hold_id = place()
    release(sessions, hold_id, account_id)
    forget(sessions)
    reindex(sessions, store, clock)
    with sessions() as session:
        assert [row.hold_id for row in list_holds(session, is_standing=True)] == [hold_id]


def test_an_older_backup_learns_of_the_release(sessions, store, clock, journal, place, account_id):
    hold_id = place()
    release(sessions, hold_id, account_id)
    retention(sessions, store, clock).run()
    with sessions.begin() as session:
        row = session.scalars(select(HoldRow)).one()
        row.released_utc = row.released_by = row.release_reason = None
    reindex(sessions, store, clock)
    with sessions() as session:
        assert list_holds(session, is_standing=True) == []


def test_holds_of_an_index_without_accounts_stand_with_the_name_of_who_placed_them(
    sessions, store, clock, journal, place, new_engine, account_id
):
    place()
    engine = new_engine()
    upgrade(engine)
    empty = make_sessions(engine)
    assert reindex(empty, store, clock).problems == []
    assert held(empty) == held(sessions)
    with empty() as session:
        account = session.get_one(AccountRow, account_id)
    assert account.user.startswith("auditor")
    assert (account.is_active, account.role) == (False, "observer")


def test_no_hold_stands_without_its_object(sessions, store, journal, account_id):
    class FullStore:
        def __getattr__(self, name):
            return getattr(store, name)

        def put(self, *args):
            raise StoreUnavailableError("away")

    with pytest.raises(StoreUnavailableError), sessions.begin() as session:
        place_hold(session, FullStore(), HoldScope(range=HOUR), "why", account_id, MORNING)
    assert held(sessions) == set()


def test_holds_from_before_there_were_records_become_objects_before_a_deletion(
    sessions, store, clock, journal, place
):
    hold_id = place(HoldScope(range=ELSEWHERE))
    store.delete(hold_key(hold_id))
    assert (FindingKind.HOLD_NOT_KEPT, hold_key(hold_id)) in findings(sessions, store)
    retention(sessions, store, clock).run()
    assert store.stat(hold_key(hold_id)).size_bytes > 0
    assert findings(sessions, store) == []


def test_a_record_that_was_changed_is_named_and_not_taken(sessions, store, clock, journal, place):
    hold_id, other = place(), place()
    content = b"".join(store.get(hold_key(hold_id)))
    damage(store, hold_key(hold_id), content.replace(b"2026", b"2016"))
    damage(store, hold_key(other), b"[]")
    stranger = release_key(uuid4())
    store.put(stranger, [content], promise_of(content))
    found = findings(sessions, store)
    keys = {hold_key(hold_id), hold_key(other), stranger}
    assert sorted(subject for _, subject in found) == sorted(keys)
    before = held(sessions)
    report = reindex(sessions, store, clock)
    assert {problem.partition(": ")[0] for problem in report.problems} == keys
    assert held(sessions) == before
