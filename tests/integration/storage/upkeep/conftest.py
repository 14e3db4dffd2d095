"""What the tests of the archive's upkeep share."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.station import StationMode
from core.timerange import TimeRange
from evidence.entry import EntryKind
from storage.expiry import RetentionPolicy
from storage.findings import FindingKind
from storage.fsck import Fsck
from storage.identity import bind_archive
from storage.index.footage_tables import EntryRow, GapRow, RunRow, SegmentRow
from storage.index.registry_tables import AccountRow
from storage.objects.checked import digest_of
from storage.objects.port import ObjectPromise
from storage.retention import Retention
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over

DAY = timedelta(days=1)
HOUR = TimeRange(MORNING, MORNING + timedelta(hours=1))


@pytest.fixture
def journal(ingest, station, sessions, store, clock):
    """A camera with three stored segments, a gap, one announced segment, and a stop."""
    bind_archive(sessions, store, clock)
    journal = station.journal()
    run = journal.start()
    for number in range(3):
        journal.segment(run, number)
    journal.gap(MORNING + timedelta(seconds=30), 5)
    hand_over(ingest, station, journal)
    journal.segment(run, 4, start_utc=MORNING + timedelta(seconds=35))
    journal.state(EntryKind.STOP, {})
    ingest.accept_entries(station.caller, journal.lines)
    return journal


def findings(sessions, store, *, is_deep: bool = True) -> list[tuple[FindingKind, str]]:
    check = Fsck(sessions, store, lambda count: None, is_deep=is_deep)
    return [(finding.kind, finding.subject) for finding in check.findings()]


def key_of(sessions, number: int, day=MORNING) -> str:
    with sessions() as session:
        query = select(SegmentRow.object_key).where(
            SegmentRow.number == number, SegmentRow.start_utc < day + timedelta(hours=1)
        )
        return session.scalars(query).one()


def damage(store, key: str, content: bytes) -> None:
    """What a failing disk does: the bytes change, the metadata stays."""
    metadata = dict(store.stat(key).metadata)
    store.delete(key)
    store.put(key, [content], promise_of(content, metadata))


def promise_of(content: bytes, metadata=None) -> ObjectPromise:
    size_bytes, sha256 = digest_of([content])
    return ObjectPromise(size_bytes=size_bytes, sha256=sha256, metadata=metadata or {})


def snapshot(sessions) -> dict[str, set]:
    with sessions() as session:
        return {
            "runs": set(session.execute(select(RunRow.run_id, RunRow.init_sha256))),
            "segments": set(
                session.execute(
                    select(
                        SegmentRow.segment_id,
                        SegmentRow.sha256,
                        SegmentRow.start_utc,
                        SegmentRow.end_utc,
                        SegmentRow.state,
                        SegmentRow.seq,
                    )
                )
            ),
            "gaps": set(session.execute(select(GapRow.gap_id, GapRow.cause, GapRow.said_by))),
            "entries": set(session.execute(select(EntryRow.seq, EntryRow.line))),
        }


def retention(sessions, store, clock, *, days: int = 1, max_share: float = 1.0) -> Retention:
    policy = RetentionPolicy(keep={StationMode.ONLINE: timedelta(days=days)}, max_share=max_share)
    return Retention(sessions, store, clock, policy, lambda done, total: None)


@pytest.fixture
def account_id(sessions) -> UUID:
    account_id = uuid4()
    with sessions.begin() as session:
        session.add(
            AccountRow(
                account_id=account_id,
                user="auditor",
                password_hash="",
                role="auditor",
                regions=[],
                language="ru",
                totp_secret="",
                is_active=True,
                created_utc=MORNING,
            )
        )
    return account_id
