import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from core.wire.upload import GrantState
from storage.index.footage_tables import EntryRow, GapRow, SegmentRow
from storage.objects.keys import ASIDE_PREFIX
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import make_ingest, put, seqs, states
from tests.waiting import PATIENCE_S


def test_many_requests_of_one_chain_at_once_take_each_line_once(
    sessions, store, clock, incidents, station, journal
):
    run = journal.start()
    for number in range(20):
        journal.segment(run, number)
    failures: list[BaseException] = []

    def send() -> None:
        try:
            ingest = make_ingest(sessions, store, clock, incidents)
            assert seqs(ingest.accept_entries(station.caller, journal.lines)) == [20]
        except BaseException as failure:  # noqa: BLE001 shown by the test
            failures.append(failure)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
    assert failures == []
    with sessions() as session:
        assert len(session.scalars(select(EntryRow)).all()) == 21
        assert len(session.scalars(select(SegmentRow)).all()) == 20


class PowerCutError(Exception):
    """The process ends here."""


class CutStore:
    """The real store, behind a plug that is pulled before or after the n-th write."""

    def __init__(self, store, cut_at: int, *, is_after: bool) -> None:
        self._store = store
        self._cut_at = cut_at
        self._is_after = is_after

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def put(self, *args) -> None:
        self._cut_at -= 1
        if self._cut_at == 0 and not self._is_after:
            raise PowerCutError
        self._store.put(*args)
        if self._cut_at == 0:
            raise PowerCutError


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("cut_at", range(1, 9))
@pytest.mark.parametrize("what", ["store", "commit"])
def test_a_crash_between_any_two_steps_loses_and_repeats_nothing(
    sessions, store, clock, incidents, station, what, cut_at, is_after
):
    engine, journal = sessions.kw["bind"], station.journal()
    run = journal.start()
    journal.segment(run, 0)
    journal.gap(MORNING + timedelta(seconds=10), 5)
    journal.segment(run, 1, start_utc=MORNING + timedelta(seconds=15))

    left = [cut_at]

    def pull(_connection) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise PowerCutError

    if what == "commit":
        event.listen(engine, "commit", pull)
        cut = store
    else:
        cut = CutStore(store, cut_at, is_after=is_after)
    try:
        send_as_a_device(make_ingest(sessions, cut, clock, incidents), station, journal)
    except PowerCutError:
        pass
    finally:
        if what == "commit":
            event.remove(engine, "commit", pull)

    send_as_a_device(make_ingest(sessions, store, clock, incidents), station, journal)
    with sessions() as session:
        rows = session.scalars(select(SegmentRow)).all()
        assert sorted(row.number for row in rows) == [0, 1]
        assert {row.state for row in rows} == {"stored"}
        assert len(session.scalars(select(EntryRow)).all()) == 4
        assert len(session.scalars(select(GapRow)).all()) == 1
    assert len(list(store.list("v1/"))) == 4
    assert list(store.list(ASIDE_PREFIX)) == []
    assert incidents.kinds == []


def send_as_a_device(ingest, station, journal) -> None:
    """Upload through the store the ingest has, as the disk route and a device together do."""
    ingest.accept_entries(station.caller, journal.lines)
    ids = list(journal.objects)
    for grant in ingest.grant(station.caller, [journal.wanted(i) for i in ids]).grants:
        if grant.state is GrantState.UPLOAD:
            put(ingest, grant, journal.objects[grant.object_id][1])
    reply = ingest.confirm(station.caller, ids)
    assert set(states(reply)) == {"stored"}
