"""Carries exports out, one row after the other, and keeps their state where people see it."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.errors import ExhaustedError, PollcamError, UnavailableError
from core.timerange import TimeRange
from storage.export.manifest import ExportOccasion
from storage.export.package import PackageWriter
from storage.export.plan import ExportPlan, file_word, plan_export
from storage.export.queue import ExportQueue
from storage.export.room import RESERVE_BYTES, NoRoomError, check_room, is_full
from storage.index.failures import named_failures
from storage.index.footage_tables import ExportRow
from storage.index.registry_tables import AccountRow
from storage.objects.port import CHUNK_BYTES, ObjectStore

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
        reserve_bytes: Stays free on the folder's disk.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        clock: Clock,
        folder: Path,
        *,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._queue = ExportQueue(sessions, clock)

    def requeue_interrupted(self) -> None:
        """Call once at start: what is still "running" was cut off."""
        with named_failures():
            self._queue.requeue_interrupted()
        for leftover in self._folder.glob("*.part"):
            leftover.unlink(missing_ok=True)

    def run_next(self) -> UUID | None:
        """Carry out the export whose turn it is; its id, or None when none waits.

        Raises:
            UnavailableError: Index, store or disk do not answer; the export is tried again
                some time later, and a bounded number of times.
            ExhaustedError: Likewise.
        """
        with named_failures():
            self._queue.tell()
            row = self._queue.take()
            if row is None:
                return None
            try:
                with named_failures():
                    self._carry_out(row)
            except NoRoomError as error:
                self._queue.fail(row.export_id, str(error))
            except (UnavailableError, ExhaustedError) as error:
                self._queue.put_back(row, str(error))
                raise
            except PollcamError as error:
                self._queue.fail(row.export_id, str(error))
            except Exception:
                self._queue.fail(row.export_id, "something went wrong here; it was noted")
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

    def _carry_out(self, row: ExportRow) -> None:
        wanted = TimeRange(row.start_utc, row.end_utc)
        with self._sessions() as session:
            plan = plan_export(session, row.camera_id, wanted)
            self._queue.note(row.export_id, total_bytes=plan.footage_bytes)
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
                if is_full(error):
                    raise NoRoomError(plan.footage_bytes, 0) from error
                raise UnavailableError(f"the folder for exports: {error.strerror}") from error
            finally:
                part.unlink(missing_ok=True)
        self._queue.note(
            row.export_id,
            state="ready",
            done_bytes=plan.footage_bytes,
            file_name=package_name(plan),
            file_sha256=sha256,
            finished_utc=self._clock.utc(),
        )

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
                check_room(self._folder, plan.footage_bytes - done_bytes, self._reserve_bytes)
                self._queue.note(row.export_id, done_bytes=done_bytes)

        check_room(self._folder, plan.footage_bytes, self._reserve_bytes)
        with part.open("w+b") as file:
            PackageWriter(self._store, occasion, report).write(session, plan, file)
            file.flush()
            os.fsync(file.fileno())


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
