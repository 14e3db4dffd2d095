"""What `fsck --deep` proves: every byte, line, signature and row, each held to the others."""

import pytest
from sqlalchemy import delete, select

from evidence.entry import line_sha256
from storage.findings import FindingKind
from storage.fsck import Fsck
from storage.index.engine import make_sessions
from storage.index.footage_tables import ChainRow, EntryRow, GapRow, RunRow, SegmentRow
from storage.index.registry_tables import DeviceRow
from storage.index.schema import upgrade
from storage.objects.keys import line_metadata
from storage.reindex import Reindex
from tests.integration.storage.upkeep.conftest import (
    DAY,
    damage,
    findings,
    key_of,
    promise_of,
    retention,
    snapshot,
)
from tests.integration.storage.upkeep.test_reindex import copy_registry


def kinds(sessions, store) -> list[FindingKind]:
    assert findings(sessions, store, is_deep=False) == []  # only reading shows it
    return sorted(kind for kind, _ in findings(sessions, store))


def key_like(store, suffix: str) -> str:
    return next(o.key for o in store.list("v1/") if o.key.endswith(suffix))


def say_otherwise(store, key: str, content: bytes, line: str) -> None:
    """What somebody does who writes to the store past the archive."""
    store.delete(key)
    store.put(key, [content], promise_of(content, line_metadata(line)))


@pytest.mark.parametrize("said_by", ["device", "archive"])
def test_names_a_gap_whose_cause_was_changed_in_its_object(
    sessions, store, clock, journal, said_by
):
    old, new = b"camera_unreachable", b"agent_stopped"
    if said_by == "archive":
        clock.advance(2 * DAY.total_seconds())
        retention(sessions, store, clock).run()
        old, new = b'"expired"', b'"withheld"'
    key = next(o.key for o in store.list("v1/") if old in b"".join(store.get(o.key)))
    damage(store, key, b"".join(store.get(key)).replace(old, new, 1))
    assert kinds(sessions, store) == [FindingKind.WRONG_BYTES]


def test_names_a_deletion_record_whose_lines_nobody_signed(sessions, store, clock, journal):
    clock.advance(2 * DAY.total_seconds())
    retention(sessions, store, clock).run()
    key = next(o.key for o in store.list("v1/") if b"archive-gap" in b"".join(store.get(o.key)))
    damage(store, key, b"".join(store.get(key)).replace(b'"frames":100', b'"frames":101', 1))
    assert kinds(sessions, store) == [FindingKind.WRONG_BYTES]


@pytest.mark.parametrize("suffix", [".m4s", ".init.mp4"])
def test_names_an_object_that_carries_another_line(sessions, store, journal, suffix):
    key = key_like(store, suffix)
    say_otherwise(store, key, b"".join(store.get(key)), "nonsense")
    assert kinds(sessions, store) == [FindingKind.NO_ENTRY]


def test_names_a_line_that_was_forged_with_its_digest_and_its_row(sessions, store, journal):
    key = key_like(store, ".gap.json")
    with sessions.begin() as session:
        session.execute(delete(EntryRow).where(EntryRow.seq > 4))
        session.scalars(select(ChainRow)).one().seq = 4
        session.execute(delete(SegmentRow).where(SegmentRow.seq > 4))
        row = session.scalars(select(EntryRow).filter_by(seq=4)).one()
        row.line = row.line.replace("camera_unreachable", "agent_stopped")
        row.sha256 = line_sha256(row.line)
        session.scalars(select(GapRow)).one().cause = "agent_stopped"
    say_otherwise(store, key, row.line.encode(), row.line)
    assert kinds(sessions, store) == [FindingKind.BROKEN_CHAIN, FindingKind.WRONG_BYTES]


@pytest.mark.parametrize(
    ("table", "number", "changes"),
    [
        (SegmentRow, 1, {"frame_count": 1}),
        (SegmentRow, 2, {"is_clock_synced": False}),
        (RunRow, 0, {"codec": "hvc1"}),
        (GapRow, 0, {"said_by": "archive"}),
    ],
)
def test_names_a_row_that_says_otherwise_than_its_line(
    sessions, store, journal, table, number, changes
):
    with sessions.begin() as session:
        row = session.scalars(select(table).order_by(table.seq)).all()[number]
        for name, value in changes.items():
            setattr(row, name, value)
    details = [f.detail for f in Fsck(sessions, store, lambda n: None, is_deep=True).findings()]
    assert any(name in detail for name in changes for detail in details)
    assert FindingKind.WRONG_ROW in kinds(sessions, store)


def test_names_footage_that_was_removed_from_index_and_store_alike(sessions, store, journal):
    key = key_of(sessions, 1)
    store.delete(key)
    with sessions.begin() as session:
        session.execute(delete(SegmentRow).filter_by(number=1))
    assert kinds(sessions, store) == [FindingKind.WRONG_ROW]


def test_names_entries_whose_chain_is_gone(sessions, store, journal):
    with sessions.begin() as session:
        session.execute(delete(ChainRow))
    assert kinds(sessions, store) == [FindingKind.BROKEN_CHAIN]


def test_names_a_device_that_is_not_in_the_registry(
    sessions, store, journal, new_station, clock, new_engine
):
    new_station()
    with sessions.begin() as session:
        session.execute(delete(DeviceRow).filter_by(device_id=journal.device_id))
    assert kinds(sessions, store) == [FindingKind.BROKEN_CHAIN, FindingKind.WRONG_BYTES]

    engine = new_engine()
    upgrade(engine)
    empty = make_sessions(engine)
    copy_registry(sessions, empty, None)
    problems = Reindex(empty, store, clock, lambda count: None).run().problems
    assert len(problems) == 5
    assert all("which the index does not know" in problem for problem in problems)
    assert snapshot(empty)["entries"] == set()


def test_says_that_no_signature_was_checked_where_no_device_is_known(sessions, store, journal):
    with sessions.begin() as session:
        session.execute(delete(DeviceRow))
    check = Fsck(sessions, store, lambda count: None, is_deep=True)
    assert list(check.findings()) == []
    assert not check.counts.has_keys


def test_what_a_device_stated_anew_after_it_lost_its_journal_is_sound(
    sessions, store, journal, ingest, station
):
    fresh = station.journal()
    for entry in journal.entries[:5]:
        fresh.state(entry.kind, entry.body)
    assert ingest.accept_entries(station.caller, fresh.lines).refused == ()
    assert findings(sessions, store) == []
    with sessions.begin() as session:
        session.execute(delete(EntryRow).filter_by(epoch=fresh.epoch, seq=1))
    assert [kind for kind, _ in findings(sessions, store)] == [FindingKind.BROKEN_CHAIN]
