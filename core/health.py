"""One status function: page, API, metric, report and alert show its answer and no other."""

from dataclasses import dataclass
from enum import StrEnum

from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport

AGENT_SILENT_AFTER_S = 15.0
"""Three heartbeats of 5 s. Also the longest a cut camera may stay unnamed."""
RECORDING_STALE_AFTER_S = 10.0
"""Fragments are at most 1 s and reach the disk at most 2 s later; the rest is slack."""
RECORDING_CUT_AFTER_S = 3.0
"""The same where the station itself names what keeps it from recording: no slack is needed, and
a session that is opened anew at once is no alarm."""
DISK_LOW_BELOW_S = 4 * 3600.0
CLOCK_OFF_ABOVE_S = 2.0


class Status(StrEnum):
    """What is known. Unknown is an answer of its own and never looks like ok."""

    OK = "ok"
    FAILING = "failing"
    UNKNOWN = "unknown"
    NOT_EXPECTED = "not_expected"
    """Nothing is expected of it now; neither good nor bad."""


class Reason(StrEnum):
    """Why a status is not ok, worst first. The words for people are in the catalogues."""

    NEVER_SEEN = "never_seen"
    AGENT_SILENT = "agent_silent"
    NOT_RECORDING = "not_recording"
    CAMERA_UNREACHABLE = "camera_unreachable"
    CAMERA_SILENT = "camera_silent"
    CAMERA_GARBAGE = "camera_garbage"
    DISK_FULL = "disk_full"
    DISK_FAILED = "disk_failed"
    COVERED = "covered"
    DARK = "dark"
    FROZEN = "frozen"
    DISK_LOW = "disk_low"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_UNSYNCED = "clock_unsynced"
    PICTURE_UNKNOWN = "picture_unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A status and every reason that led to it, worst first; no reason when ok."""

    status: Status
    reasons: tuple[Reason, ...] = ()


_PICTURE_REASON = {
    Picture.COVERED: Reason.COVERED,
    Picture.DARK: Reason.DARK,
    Picture.FROZEN: Reason.FROZEN,
}
WARNINGS = (Reason.DISK_LOW, Reason.CLOCK_UNSYNCED, Reason.PICTURE_UNKNOWN)
"""Shown beside the status and never alone a reason to call a camera failing."""


def judge_camera(
    report: CameraReport | None, report_age_s: float | None, *, is_expected: bool = True
) -> Judgement:
    """Say how a camera is.

    Args:
        report: Its part of the newest heartbeat; None when it never appeared in one.
        report_age_s: Seconds since that heartbeat arrived, by the judge's monotonic clock.
        is_expected: Whether the schedule wants it to record now.
    """
    if not is_expected:
        return Judgement(Status.NOT_EXPECTED)
    if report is None or report_age_s is None:
        return Judgement(Status.UNKNOWN, (Reason.NEVER_SEEN,))
    if report_age_s > AGENT_SILENT_AFTER_S:
        return Judgement(Status.UNKNOWN, (Reason.AGENT_SILENT,))
    reasons = _recording_reasons(report) + _picture_reasons(report)
    is_failing = any(reason not in WARNINGS for reason in reasons)
    return Judgement(Status.FAILING if is_failing else Status.OK, reasons)


def judge_station(
    report: StationReport | None, report_age_s: float | None, cameras: tuple[Judgement, ...]
) -> Judgement:
    """Say how a station is: as bad as its worst camera, its disk and its clock."""
    if report is None or report_age_s is None:
        return Judgement(Status.UNKNOWN, (Reason.NEVER_SEEN,))
    if report_age_s > AGENT_SILENT_AFTER_S:
        return Judgement(Status.UNKNOWN, (Reason.AGENT_SILENT,))
    own = _disk_reasons(report.disk) + _clock_reasons(report)
    reasons = tuple(sorted({*own, *(r for c in cameras for r in c.reasons)}, key=_severity))
    is_failing = any(reason not in WARNINGS for reason in reasons)
    is_unknown = any(camera.status is Status.UNKNOWN for camera in cameras)
    status = Status.FAILING if is_failing else Status.UNKNOWN if is_unknown else Status.OK
    return Judgement(status, reasons)


def _severity(reason: Reason) -> int:
    return list(Reason).index(reason)


def _recording_reasons(report: CameraReport) -> tuple[Reason, ...]:
    age_s = report.last_recorded_age_s
    stale_after_s = RECORDING_CUT_AFTER_S if report.trouble else RECORDING_STALE_AFTER_S
    if age_s is not None and age_s <= stale_after_s:
        return ()
    named = [reason for reason in Reason if reason.value == report.trouble]
    return (Reason.NOT_RECORDING, *named)


def _picture_reasons(report: CameraReport) -> tuple[Reason, ...]:
    if report.picture is Picture.UNKNOWN:
        return (Reason.PICTURE_UNKNOWN,)
    reason = _PICTURE_REASON.get(report.picture)
    return (reason,) if reason else ()


def _disk_reasons(disk: DiskReport) -> tuple[Reason, ...]:
    if disk.is_failed:
        return (Reason.DISK_FAILED,)
    if disk.seconds_left is not None and disk.seconds_left < DISK_LOW_BELOW_S:
        return (Reason.DISK_LOW,)
    return ()


def _clock_reasons(report: StationReport) -> tuple[Reason, ...]:
    offset_s = report.clock_offset_s
    if offset_s is not None and abs(offset_s) > CLOCK_OFF_ABOVE_S:
        return (Reason.CLOCK_WRONG,)
    return () if report.is_clock_synced else (Reason.CLOCK_UNSYNCED,)
