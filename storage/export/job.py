"""Carries exports out, one row after the other, and keeps their state where people see it."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from threading import Lock
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.errors import ExhaustedError, PollcamError, UnavailableError
from core.timerange import TimeRange
from storage.export.manifest import ExportOccasion
from storage.export.package import PackageWriter
from storage.export.plan import ExportPlan, file_word, plan_export
from storage.index.failures import named_failures
from storage.index.footage_tables import ExportRow
from storage.index.registry_tables import AccountRow
from storage.objects.port import CHUNK_BYTES, ObjectStore

_CANDIDATES = 16
"""Looked at per turn: other workers may take some of them first."""
_REPORT_EVERY_BYTES = 16 * 2**20


class ExportJobs:
    """Works off the queued exports into a folder.

    One process runs it, in as many threads as it likes; any process may queue rows. States:
    queued, running, ready, failed, expired. An export that a crash interrupted begins anew.

    Args:
        sessions: For the rows.
        store: Where the footage is.
        clock: The centre's time.
        folder: Where finished packages are kept, each as `<export_id>.zip`.
    """

    def __init__(
        self, sessions: sessionmaker[Session], store: ObjectStore, clock: Clock, folder: Path
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._folder = folder
        self._adrift: set[UUID] = set()
        """Cut off, and the index was not there to be told."""
        self._telling = Lock()

    def requeue_interrupted(self) -> None:
        """Call once at start: what is still "running" was cut off."""
        with named_failures(), self._sessions.begin() as session:
            session.execute(
                update(ExportRow).where(ExportRow.state == "running").values(state="queued")
            )
        for leftover in self._folder.glob("*.part"):
            leftover.unlink(missing_ok=True)

    def run_next(self) -> UUID | None:
        """Carry out the oldest queued export; its id, or None when none waits.

        Raises:
            UnavailableError: Index, store or disk do not answer or are full; the export is
                queued again.
        """
        with named_failures():
            self._requeue_adrift()
            row = self._take()
            if row is None:
                return None
            try:
                with named_failures():
                    self._carry_out(row)
            except (UnavailableError, ExhaustedError):
                self._adrift.add(row.export_id)
                self._requeue_adrift()
                raise
            except PollcamError as error:
                self._fail(row.export_id, str(error))
            except Exception:
                self._fail(row.export_id, "something went wrong here; it was noted")
                raise
            return row.export_id

    def path(self, export_id: UUID) -> Path:
        """Where the package of a ready export is."""
        return self._folder / f"{export_id}.zip"

    def expire(self, older_than: timedelta) -> int:
        """Delete packages finished longer ago than that; how many. Footage is not touched."""
        limit_utc = self._clock.utc() - older_than
        with named_failures(), self._sessions.begin() as session:
            rows = session.scalars(
                select(ExportRow).where(
                    ExportRow.state == "ready", ExportRow.finished_utc < limit_utc
                )
            ).all()
            for row in rows:
                row.state = "expired"
                self.path(row.export_id).unlink(missing_ok=True)
            return len(rows)

    def _take(self) -> ExportRow | None:
        with self._sessions.begin() as session:
            oldest = (
                select(ExportRow.export_id)
                .where(ExportRow.state == "queued")
                .order_by(ExportRow.created_utc, ExportRow.export_id)
            )
            for export_id in session.scalars(oldest.limit(_CANDIDATES)).all():
                taken = update(ExportRow).where(
                    ExportRow.export_id == export_id, ExportRow.state == "queued"
                )
                values = {"state": "running", "done_bytes": 0}
                if session.execute(taken.values(values).returning(ExportRow.export_id)).first():
                    return session.get_one(ExportRow, export_id, populate_existing=True)
        return None

    def _carry_out(self, row: ExportRow) -> None:
        wanted = TimeRange(row.start_utc, row.end_utc)
        with self._sessions() as session:
            plan = plan_export(session, row.camera_id, wanted)
            self._set(row.export_id, total_bytes=plan.footage_bytes)
            account = session.get_one(AccountRow, row.account_id)
            occasion = ExportOccasion(
                exporter=account.user, reason=row.reason, made_utc=self._clock.utc()
            )
            session.commit()  # writing takes minutes; no transaction stays open that long
            part = self.path(row.export_id).with_suffix(".part")
            try:
                self._write(session, row, plan, occasion, part)
                sha256 = _sha256(part)
                part.replace(self.path(row.export_id))
            except OSError as error:
                raise UnavailableError(f"the folder for exports: {error.strerror}") from error
            finally:
                part.unlink(missing_ok=True)
        self._set(
            row.export_id,
            state="ready",
            done_bytes=plan.footage_bytes,
            file_name=package_name(plan),
            file_sha256=sha256,
            finished_utc=self._clock.utc(),
        )

    def _requeue_adrift(self) -> None:
        with self._telling:
            for export_id in tuple(self._adrift):
                self._set(export_id, state="queued")
                self._adrift.discard(export_id)

    def _fail(self, export_id: UUID, error: str) -> None:
        now_utc = self._clock.utc()
        self._set(export_id, state="failed", error=error, finished_utc=now_utc)

    def _write(
        self,
        session: Session,
        row: ExportRow,
        plan: ExportPlan,
        occasion: ExportOccasion,
        part: Path,
    ) -> None:
        reported_bytes = 0

        def report(done_bytes: int) -> None:
            nonlocal reported_bytes
            if done_bytes - reported_bytes >= _REPORT_EVERY_BYTES:
                reported_bytes = done_bytes
                self._set(row.export_id, done_bytes=done_bytes)

        with part.open("w+b") as file:
            PackageWriter(self._store, occasion, report).write(session, plan, file)
            file.flush()
            os.fsync(file.fileno())

    def _set(self, export_id: UUID, **values: object) -> None:
        with self._sessions.begin() as session:
            session.execute(
                update(ExportRow).where(ExportRow.export_id == export_id).values(**values)
            )


def package_name(plan: ExportPlan) -> str:
    """What the package is called when somebody saves it."""
    start = plan.wanted.start_utc.strftime("%Y%m%dT%H%M%SZ")
    number = file_word(plan.station.number)
    return f"pollcam-station-{number}-camera-{plan.camera.position}-{start}.zip"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
