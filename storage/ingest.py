"""The four calls by which a station hands its recordings over; house.md section 3.1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.wire.upload import ConfirmReply, EntriesReply, GrantsReply, WantedObject
from storage.objects.port import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The device that calls, as its token proved it."""

    device_id: UUID
    station_id: UUID


class ReportIncident(Protocol):
    """Where ingest reports what a person must see. Called inside the caller's transaction.

    `kind` is `chain_fork`, `object_conflict` or `object_damaged`.
    """

    def __call__(
        self,
        session: Session,
        *,
        kind: str,
        station_id: UUID,
        camera_id: UUID,
        device_id: UUID,
        detail: str,
    ) -> None:
        """Open an incident, or count it on the one that is open for this kind and camera."""
        ...


class Ingest:
    """Takes entries and bytes from stations. Safe to call from several threads and processes.

    Order of truth: bytes durable, row committed, device told. Every call may be repeated.

    Args:
        sessions: From `storage.index.engine.make_sessions`.
        store: Where the bytes go.
        clock: The centre's time.
        grant_key: 32 secret bytes or more, the same in every process of the API; signs the
            grants of the disk route.
        report_incident: Where forks, conflicts and damage are reported.
        grant_lifetime: How long a place to put an object stays open.
    """

    def __init__(
        self,
        *,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        clock: Clock,
        grant_key: bytes,
        report_incident: ReportIncident,
        grant_lifetime: timedelta = timedelta(minutes=15),
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._grant_key = grant_key
        self._report_incident = report_incident
        self._grant_lifetime = grant_lifetime

    def accept_entries(self, caller: Caller, lines: Sequence[str]) -> EntriesReply:
        """Take signed lines; with none, tell the heads of all chains of the device."""
        raise NotImplementedError

    def grant(self, caller: Caller, objects: Sequence[WantedObject]) -> GrantsReply:
        """Say for each object whether, where and how to put it.

        Urls are absolute (S3) or relative to the centre: `/api/v1/agent/objects/{grant}`.
        """
        raise NotImplementedError

    def receive(self, grant: str, chunks: Iterable[bytes]) -> None:
        """Store the bytes of one granted object (disk route). Repeating it is fine.

        Raises:
            ForbiddenError: Not a grant of ours, or expired.
            NotFoundError: What it was for is gone from the index.
            ObjectDamagedError: Other bytes than announced; nothing was kept.
            StoreFullError: No room.
        """
        raise NotImplementedError

    def confirm(self, caller: Caller, object_ids: Sequence[UUID]) -> ConfirmReply:
        """Re-hash what arrived, commit it as stored, and only then say so."""
        raise NotImplementedError
