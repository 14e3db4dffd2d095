"""`pollcam archive fsck | reindex | retain`: the archive's upkeep."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from core.clock import Clock
    from core.errors import PollcamError
    from storage.expiry import RetentionPolicy
    from storage.objects.port import ObjectStore
    from storage.retention import RetentionReport

_MODES = ("online", "recording_only")
_ENVIRONMENT = "Settings come from the environment (POLLCAM_API_*), as those of the API do."
_SHOW_EVERY = 1000


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser("archive", help="check, re-index or thin out the archive")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_fsck(actions)
    _add_reindex(actions)
    _add_retain(actions)


def _add_fsck(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "fsck",
        help="hold every row to its object and every object to its row",
        description="Prints what is wrong, one finding a line, and what would help. Changes "
        f"nothing. Exit code 1: something is wrong. {_ENVIRONMENT}",
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="read every byte, check every signature and hold every row to what was signed, too",
    )
    parser.set_defaults(run=run_fsck)


def _add_reindex(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "reindex",
        help="rebuild the footage and the holds of the index from the objects",
        description="Adds to the index whatever the objects know and it does not. What was not "
        "stored before is read and held to its digest, in a new index everything. Safe to "
        f"repeat. Exit code 1: some objects could not be taken. {_ENVIRONMENT}",
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="read every byte, also of what the index calls stored already",
    )
    parser.set_defaults(run=run_reindex)


def _add_retain(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "retain",
        help="delete footage that is past its time and under no hold",
        description="Leaves a gap record for everything it deletes. Refuses, with exit code 1 "
        "and an incident, where too much would go, the store is not the right one, or the index "
        f"lacks a hold that is in the store. "
        f"{_ENVIRONMENT}",
    )
    parser.add_argument(
        "--keep",
        action="append",
        required=True,
        type=_keep,
        metavar="MODE=DAYS",
        help=f"how long footage of stations of this mode ({', '.join(_MODES)}) is kept; "
        "repeatable; a mode that is not named is kept for ever",
    )
    parser.add_argument(
        "--max-share",
        type=float,
        default=0.2,
        metavar="SHARE",
        help="of all stored segments one run may delete, 0 to 1 (default %(default)s)",
    )
    parser.add_argument("--dry-run", action="store_true", help="tell what would go and stop")
    parser.set_defaults(run=run_retain)


def _keep(text: str) -> tuple[str, timedelta]:
    mode, _, days = text.partition("=")
    try:
        age = timedelta(days=float(days))
    except (ValueError, OverflowError):
        age = timedelta(0)
    if mode not in _MODES or age <= timedelta(0):
        raise argparse.ArgumentTypeError(f"{text!r} is not like online=45")
    return mode, age


@dataclass(frozen=True, slots=True, kw_only=True)
class _Archive:
    """The archive that the environment names."""

    sessions: "sessionmaker[Session]"
    store: "ObjectStore"
    clock: "Clock"


@contextmanager
def _opened() -> Iterator[_Archive]:
    from api.settings import load_settings
    from api.store import make_store
    from core.clock import SystemClock
    from core.errors import SettingsError
    from storage.index.engine import make_engine, make_sessions
    from storage.index.failures import named_failures
    from storage.index.schema import is_current

    settings, clock = load_settings(os.environ), SystemClock()
    engine = make_engine(settings.index_url)
    try:
        with named_failures():
            if not is_current(engine):
                raise SettingsError("the index is of another version: run `pollcam db upgrade`")
        with closing(make_store(settings, clock)) as store:
            yield _Archive(sessions=make_sessions(engine), store=store, clock=clock)
    finally:
        engine.dispose()


def run_fsck(args: argparse.Namespace) -> int:
    """Check, print, change nothing."""
    from storage.fsck import Fsck

    with _opened() as archive:
        check = Fsck(archive.sessions, archive.store, _show_count, is_deep=args.deep)
        count = 0
        for finding in check.findings():
            count += 1
            subject = " ".join(part for part in (finding.subject, finding.detail) if part)
            print(f"{finding.kind.value}: {subject}; to do: {finding.remedy}")
        seen = check.counts
    print(
        f"{seen.objects} objects and {seen.chains} chains checked, {seen.awaited} awaited, "
        f"{seen.aside} set aside: {count or 'no'} findings"
    )
    if args.deep and not seen.has_keys:
        print("no signature was checked: the index knows no device")
    return 1 if count else 0


def run_reindex(args: argparse.Namespace) -> int:
    """Rebuild what the objects know."""
    from storage.reindex import Reindex

    with _opened() as archive:
        reindex = Reindex(
            archive.sessions, archive.store, archive.clock, _show_count, is_deep=args.deep
        )
        report = reindex.run()
    for problem in report.problems:
        print(f"not taken: {problem}")
    print(f"{report.object_count} objects, {report.added_count} entries added")
    return 1 if report.problems else 0


def run_retain(args: argparse.Namespace) -> int:
    """Apply the policy, or tell what it would do."""
    from core.station import StationMode
    from storage.expiry import MassDeletionError, RetentionPolicy
    from storage.hold_check import UnknownHoldError
    from storage.identity import WrongStoreError

    keep = {StationMode(mode): age for mode, age in args.keep}
    policy = RetentionPolicy(keep=keep, max_share=args.max_share)
    with _opened() as archive:
        try:
            report = _retain(archive, policy, is_dry=args.dry_run)
        except (MassDeletionError, UnknownHoldError, WrongStoreError) as error:
            if not args.dry_run:
                _alarm(archive, error)
            print(error, file=sys.stderr)
            return 1
    _print_retention(report, is_dry=args.dry_run)
    return 0


def _retain(archive: _Archive, policy: "RetentionPolicy", *, is_dry: bool) -> "RetentionReport":
    from storage.retention import Retention

    retention = Retention(archive.sessions, archive.store, archive.clock, policy, _show_cameras)
    return retention.plan() if is_dry else retention.run()


def _alarm(archive: _Archive, error: "PollcamError") -> None:
    from storage.registry.incidents import Occurrence, Place, report_occurrence

    what = Occurrence(kind="retention_refused", place=Place(), detail=str(error))
    with archive.sessions.begin() as session:
        report_occurrence(session, what, archive.clock.utc())


def _print_retention(report: "RetentionReport", *, is_dry: bool) -> None:
    for camera in report.cameras:
        print(
            f"camera {camera.camera_id}: {camera.segment_count} segments, "
            f"{camera.size_bytes} bytes, from {camera.range.start_utc.isoformat()} "
            f"to {camera.range.end_utc.isoformat()}"
        )
    verb = "would be deleted" if is_dry else "deleted"
    print(f"{report.segment_count} of {report.stored_count} stored segments {verb}")


def _show_count(count: int) -> None:
    if count % _SHOW_EVERY == 0:
        print(f"{count} objects", file=sys.stderr)


def _show_cameras(done: int, total: int) -> None:
    print(f"{done} of {total} cameras", file=sys.stderr)
