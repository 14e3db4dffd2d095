"""The exports that wait, as rows: whose turn it is, and what became of each."""

from datetime import timedelta
from random import Random
from threading import Lock
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from core.backoff import Backoff
from core.clock import Clock
from storage.index.footage_tables import ExportRow

MAX_ATTEMPTS = 10
"""With the pauses between them, an outage of half an hour at least is outlasted."""
PAUSES = Backoff(first_s=2, cap_s=600, factor=4)
_CANDIDATES = 16
"""Looked at per turn: other workers may take some of them first."""
_CUT_OFF = "the server was ended in the middle of it"


class ExportQueue:
    """Gives each waiting export its turn; one that has to be tried again goes behind the others.

    What becomes of an export is kept here until the index has taken it.

    Args:
        sessions: For the rows.
        clock: The centre's time.
    """

    def __init__(self, sessions: sessionmaker[Session], clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._random = Random()  # noqa: S311 spreads retries, keeps no secret
        self._untold: dict[UUID, dict[str, object]] = {}
        """The index was not there to be told."""
        self._telling = Lock()

    def requeue_interrupted(self) -> None:
        """Let begin anew what a process that is gone had begun, unless it did so too often."""
        is_running = ExportRow.state == "running"
        is_spent = ExportRow.attempts >= MAX_ATTEMPTS
        failed = {"state": "failed", "error": _given_up(_CUT_OFF)}
        with self._sessions.begin() as session:
            spent = update(ExportRow).where(is_running, is_spent)
            session.execute(spent.values(**failed, finished_utc=self._clock.utc()))
            session.execute(update(ExportRow).where(is_running).values(state="queued"))

    def take(self) -> ExportRow | None:
        """The one whose turn it is, now running; None: none waits."""
        turn_utc = func.coalesce(ExportRow.due_utc, ExportRow.created_utc)
        is_due = or_(ExportRow.due_utc.is_(None), ExportRow.due_utc <= self._clock.utc())
        with self._sessions.begin() as session:
            waiting = (
                select(ExportRow.export_id)
                .where(ExportRow.state == "queued", is_due)
                .order_by(turn_utc, ExportRow.export_id)
            )
            for export_id in session.scalars(waiting.limit(_CANDIDATES)).all():
                taken = update(ExportRow).where(
                    ExportRow.export_id == export_id, ExportRow.state == "queued"
                )
                begun = taken.values(state="running", done_bytes=0, attempts=ExportRow.attempts + 1)
                if session.execute(begun.returning(ExportRow.export_id)).first():
                    return session.get_one(ExportRow, export_id, populate_existing=True)
        return None

    def put_back(self, row: ExportRow, error: str) -> None:
        """Try it again later, behind those that wait by then; after so many attempts, never."""
        if row.attempts >= MAX_ATTEMPTS:
            self.fail(row.export_id, _given_up(error))
            return
        pause = timedelta(seconds=PAUSES.delay_s(row.attempts, self._random))
        self._settle(row.export_id, state="queued", due_utc=self._clock.utc() + pause)

    def fail(self, export_id: UUID, error: str) -> None:
        """It cannot be made; the sentence is for whoever asked for it."""
        now_utc = self._clock.utc()
        self._settle(export_id, state="failed", error=error, finished_utc=now_utc)

    def note(self, export_id: UUID, **values: object) -> None:
        """Write down how far it is."""
        with self._sessions.begin() as session:
            session.execute(
                update(ExportRow).where(ExportRow.export_id == export_id).values(**values)
            )

    def tell(self) -> None:
        """Write down what the index has not been told yet."""
        with self._telling:
            for export_id, values in tuple(self._untold.items()):
                self.note(export_id, **values)
                del self._untold[export_id]

    def _settle(self, export_id: UUID, **values: object) -> None:
        self._untold[export_id] = values
        self.tell()


def _given_up(error: str) -> str:
    return f"given up after {MAX_ATTEMPTS} attempts: {error}"
