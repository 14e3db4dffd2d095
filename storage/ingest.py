"""The four calls by which a station hands its recordings over; house.md section 3.1."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.errors import NotFoundError
from core.wire.upload import (
    Confirmation,
    ConfirmReply,
    ConfirmState,
    EntriesReply,
    Grant,
    GrantsReply,
    GrantState,
    ObjectKind,
    WantedObject,
)
from storage.index.failures import named_failures
from storage.index.registry_tables import CameraRow
from storage.intake.acceptance import Acceptance
from storage.intake.chain import heads_of
from storage.intake.devices import KnownDevices
from storage.intake.grants import GRANT_PATH, ObjectGrant, check_grant, sign_grant
from storage.intake.origin import StationOrigin, load_origin
from storage.intake.reading import read_line
from storage.intake.settling import AwaitedObject, Settler, find_awaited
from storage.objects.checked import checked
from storage.objects.port import ObjectDamagedError, ObjectExistsError, ObjectStore


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
    Every call may raise `IndexUnavailableError` or `StoreUnavailableError`; then nothing it
    had not answered is lost, and the same call again completes it.

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
        if len(grant_key) < 32:
            raise ValueError("the grant key must be 32 bytes or more")
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._grant_key = grant_key
        self._report_incident = report_incident
        self._grant_lifetime = grant_lifetime
        self.devices = KnownDevices(sessions)
        """Whose calls these are."""
        self._settler = Settler(sessions, store, clock)

    def accept_entries(self, caller: Caller, lines: Sequence[str]) -> EntriesReply:
        """Take signed lines; with none, tell the heads of all chains of the station."""
        with named_failures(), self._sessions.begin() as session:
            origin = load_origin(session, caller.station_id, caller.device_id)
            if not lines:
                return EntriesReply(heads=heads_of(session, origin.camera_ids))
            read = [read_line(line, origin.keys, origin.camera_ids) for line in lines]
            acceptance = Acceptance(session, self._store, self._clock.utc())
            reply = acceptance.take(read)
            for entry, refusal in acceptance.refusals:
                if entry is not None and refusal.incident is not None:
                    self._report(
                        session, caller, refusal.incident, entry.camera_id, refusal.sentence
                    )
            return reply

    def grant(self, caller: Caller, objects: Sequence[WantedObject]) -> GrantsReply:
        """Say for each object whether, where and how to put it.

        Urls are absolute (S3) or relative to the centre: `/api/v1/agent/objects/{grant}`.
        """
        with named_failures():
            with self._sessions() as session:
                origin = load_origin(session, caller.station_id, caller.device_id)
                awaited = _wanted(session, objects, origin)
            pairs = list(zip(objects, awaited, strict=True))
            states = self._settle(caller, [a for w, a in pairs if a and _is_as_announced(w, a)])
            return GrantsReply(
                grants=tuple(self._grant_one(caller, w, a, states) for w, a in pairs)
            )

    def receive(self, grant: str, chunks: Iterable[bytes]) -> None:
        """Store the bytes of one granted object (disk route). Repeating it is fine.

        Raises:
            ForbiddenError: Not a grant of ours, or expired.
            NotFoundError: What it was for is gone from the index.
            ObjectDamagedError: Other bytes than announced; nothing was kept or changed, and it
                is reported.
            StoreFullError: No room.
        """
        allowed = check_grant(self._grant_key, grant, self._clock.utc())
        with named_failures():
            with self._sessions() as session:
                found = find_awaited(session, allowed.kind, [allowed.object_id])
            awaited = found.get(allowed.object_id)
            if awaited is None:
                raise NotFoundError(f"no entry announces {allowed.object_id}")
            pieces = checked(awaited.key, chunks, awaited.promise)
            try:
                self._keep(awaited, pieces)
            except ObjectDamagedError as error:
                self._report_damage(awaited, str(error))
                raise

    def _keep(self, awaited: AwaitedObject, pieces: Iterator[bytes]) -> None:
        if not awaited.is_stored:
            # An earlier try may have arrived; `confirm` judges what it left.
            with suppress(ObjectExistsError):
                self._store.put(awaited.key, pieces, awaited.promise)
        for _ in pieces:  # a repetition must be the same bytes, too
            pass

    def _report_damage(self, awaited: AwaitedObject, detail: str) -> None:
        with self._sessions.begin() as session:
            station_id = session.get_one(CameraRow, awaited.camera_id).station_id
            caller = Caller(device_id=awaited.device_id, station_id=station_id)
            self._report(session, caller, "object_damaged", awaited.camera_id, detail)

    def confirm(self, caller: Caller, object_ids: Sequence[UUID]) -> ConfirmReply:
        """Re-hash what arrived, commit it as stored, and only then say so."""
        with named_failures():
            with self._sessions() as session:
                origin = load_origin(session, caller.station_id, caller.device_id)
                awaited = _announced(session, object_ids, origin)
            states = self._settle(caller, awaited.values())
            found = {object_id: states[one.key] for object_id, one in awaited.items()}
            return ConfirmReply(
                confirmations=tuple(
                    Confirmation(object_id=i, state=found.get(i, ConfirmState.MISSING))
                    for i in object_ids
                )
            )

    def _grant_one(
        self,
        caller: Caller,
        wanted: WantedObject,
        awaited: AwaitedObject | None,
        states: Mapping[str, ConfirmState],
    ) -> Grant:
        if awaited is None:
            return Grant(object_id=wanted.object_id, state=GrantState.UNKNOWN)
        if not _is_as_announced(wanted, awaited):
            self._report_conflict(caller, awaited)
            return Grant(object_id=wanted.object_id, state=GrantState.REFUSED)
        # Bytes that a crash left between PUT and confirm need no second transfer.
        if states[awaited.key] is ConfirmState.STORED:
            return Grant(object_id=wanted.object_id, state=GrantState.STORED)
        return self._place_for(awaited)

    def _place_for(self, awaited: AwaitedObject) -> Grant:
        presigned = self._store.presign_put(awaited.key, awaited.promise, self._grant_lifetime)
        if presigned is not None:
            return Grant(
                object_id=awaited.object_id,
                state=GrantState.UPLOAD,
                url=presigned.url,
                headers=dict(presigned.headers),
                expires_utc=presigned.expires_utc,
            )
        grant = ObjectGrant(kind=awaited.kind, object_id=awaited.object_id)
        token, expires_utc = sign_grant(
            self._grant_key, grant, self._clock.utc(), self._grant_lifetime
        )
        return Grant(
            object_id=awaited.object_id,
            state=GrantState.UPLOAD,
            url=GRANT_PATH + token,
            expires_utc=expires_utc,
        )

    def _settle(
        self, caller: Caller, awaited: Collection[AwaitedObject]
    ) -> Mapping[str, ConfirmState]:
        """What became of each of them, by its key."""
        found = list(awaited)
        states = self._settler.settle(found)
        for one, state in zip(found, states, strict=True):
            if state is ConfirmState.DAMAGED:
                detail = f"{one.key} held other bytes than announced; they were set aside"
                with self._sessions.begin() as session:
                    self._report(session, caller, "object_damaged", one.camera_id, detail)
        return {one.key: state for one, state in zip(found, states, strict=True)}

    def _report_conflict(self, caller: Caller, awaited: AwaitedObject) -> None:
        detail = f"the device offers other bytes for {awaited.key} than its entry announced"
        with self._sessions.begin() as session:
            self._report(session, caller, "object_conflict", awaited.camera_id, detail)

    def _report(
        self, session: Session, caller: Caller, kind: str, camera_id: UUID, detail: str
    ) -> None:
        self._report_incident(
            session,
            kind=kind,
            station_id=caller.station_id,
            camera_id=camera_id,
            device_id=caller.device_id,
            detail=detail,
        )


def _wanted(
    session: Session, objects: Sequence[WantedObject], origin: StationOrigin
) -> list[AwaitedObject | None]:
    """What was announced of each of these, in the same order; None: nothing of this station's."""
    found = {
        kind: find_awaited(session, kind, [w.object_id for w in objects if w.kind is kind])
        for kind in ObjectKind
    }
    awaited = [found[wanted.kind].get(wanted.object_id) for wanted in objects]
    return [
        one if one and one.camera_id == wanted.camera_id in origin.camera_ids else None
        for wanted, one in zip(objects, awaited, strict=True)
    ]


def _announced(
    session: Session, object_ids: Sequence[UUID], origin: StationOrigin
) -> Mapping[UUID, AwaitedObject]:
    """What was announced under these ids by this station, as a segment or else as an init."""
    found: dict[UUID, AwaitedObject] = {}
    for kind in (ObjectKind.SEGMENT, ObjectKind.INIT):
        missing = [i for i in object_ids if i not in found]
        announced = find_awaited(session, kind, missing)
        found |= {i: a for i, a in announced.items() if a.camera_id in origin.camera_ids}
    return found


def _is_as_announced(wanted: WantedObject, awaited: AwaitedObject) -> bool:
    promise = awaited.promise
    return (wanted.sha256, wanted.size_bytes) == (promise.sha256, promise.size_bytes)
