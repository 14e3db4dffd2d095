from sqlalchemy import select

from storage.findings import FindingKind
from storage.fsck import Fsck
from storage.index.footage_tables import EntryRow, SegmentRow
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over
from tests.integration.storage.upkeep.conftest import (
    DAY,
    damage,
    findings,
    key_of,
    promise_of,
    retention,
)


class TestFsck:
    def test_finds_nothing_in_a_sound_archive(self, sessions, store, journal):
        check = Fsck(sessions, store, lambda count: None, is_deep=True)
        assert list(check.findings()) == []
        assert (check.counts.objects, check.counts.awaited, check.counts.chains) == (5, 1, 1)

    def test_names_a_lost_object(self, sessions, store, journal):
        key = key_of(sessions, 1)
        store.delete(key)
        assert findings(sessions, store, is_deep=False) == [(FindingKind.MISSING, key)]

    def test_names_an_object_of_another_size(self, sessions, store, journal):
        key = key_of(sessions, 1)
        damage(store, key, b"short")
        assert findings(sessions, store, is_deep=False) == [(FindingKind.WRONG_SIZE, key)]

    def test_names_changed_bytes_when_it_reads_them(self, sessions, store, journal):
        key = key_of(sessions, 1)
        damage(store, key, b"x" * store.stat(key).size_bytes)
        assert findings(sessions, store, is_deep=False) == []
        assert findings(sessions, store) == [(FindingKind.WRONG_BYTES, key)]

    def test_names_an_object_without_a_row(self, sessions, store, journal):
        key = key_of(sessions, 1)
        with sessions.begin() as session:
            session.delete(session.scalars(select(SegmentRow).filter_by(number=1)).one())
        assert findings(sessions, store, is_deep=False) == [(FindingKind.NOT_INDEXED, key)]

    def test_names_what_is_none_of_its_own(self, sessions, store, journal):
        store.put("v1/notes.txt", [b"?"], promise_of(b"?"))
        assert findings(sessions, store) == [(FindingKind.STRANGER, "v1/notes.txt")]

    def test_names_all_objects_of_a_camera_whose_folder_vanished(self, sessions, store, journal):
        keys = [listed.key for listed in store.list("v1/")]
        for key in keys:
            store.delete(key)
        assert sorted(findings(sessions, store)) == [
            (FindingKind.MISSING, key) for key in sorted(keys)
        ]

    def test_names_a_chain_with_a_hole(self, sessions, store, journal):
        with sessions.begin() as session:
            session.delete(session.scalars(select(EntryRow).filter_by(seq=2)).one())
        [(kind, subject)] = findings(sessions, store, is_deep=False)
        assert kind is FindingKind.BROKEN_CHAIN
        assert str(journal.epoch) in subject

    def test_names_a_chain_whose_line_was_changed(self, sessions, store, journal):
        with sessions.begin() as session:
            row = session.scalars(select(EntryRow).filter_by(seq=6)).one()
            row.line = row.line.replace('"mono":1.0', '"mono":2.0')
        assert [kind for kind, _ in findings(sessions, store)] == [FindingKind.BROKEN_CHAIN]

    def test_names_an_unmounted_disk_instead_of_a_thousand_losses(self, sessions, store, journal):
        for listed in store.list(""):
            store.delete(listed.key)
        assert [kind for kind, _ in findings(sessions, store)] == [FindingKind.WRONG_STORE]

    def test_an_archive_that_goes_on_working_is_no_finding(
        self, sessions, store, journal, station, ingest, clock
    ):
        key = key_of(sessions, 1)

        class BusyStore:
            """While it is listed, a new segment arrives and an old one expires."""

            def __getattr__(self, name):
                return getattr(store, name)

            def list(self, prefix):
                if prefix != "v1/":
                    return
                listing = iter(list(store.list(prefix)))
                yield next(listing)
                fresh = station.journal()
                fresh.segment(fresh.start(MORNING + DAY), 0)
                hand_over(ingest, station, fresh)
                clock.advance(2.5 * DAY.total_seconds())
                retention(sessions, store, clock, days=2).run()
                gone = {key_of(sessions, number, MORNING) for number in range(3)}
                yield from (listed for listed in listing if listed.key not in gone)
                yield from (o for o in store.list(prefix) if "2026-11-25" in o.key)

        assert key in {listed.key for listed in store.list("v1/")}
        assert findings(sessions, BusyStore()) == []
