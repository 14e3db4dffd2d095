"""The station page as a value: what a technician reads, in their language, and how it looks.

Pure: the same facts give the same page on site and at the centre.
"""

from dataclasses import dataclass

from core.health import WARNINGS, Judgement, Reason, Status
from core.ui.catalogue import Texts
from core.ui.checklist import Check, checks_of
from core.ui.headline import Sentence, headline_of
from core.ui.spelling import bitrate, duration, moment, number, offset, signed, since, size
from core.ui.station_facts import CameraFacts, StationFacts
from core.ui.words import Tone, reason_advice, reason_word, status_word, tone_of
from core.wire.heartbeat import CameraReport, StationReport

_STATION_REASONS = (
    Reason.NEVER_SEEN,
    Reason.AGENT_SILENT,
    Reason.DISK_FULL,
    Reason.DISK_FAILED,
    Reason.DISK_LOW,
    Reason.CLOCK_WRONG,
    Reason.CLOCK_UNSYNCED,
)
"""Said once, for the whole station; the others stand at their camera."""
_CAUSES_OF_SILENCE = (
    Reason.CAMERA_UNREACHABLE,
    Reason.CAMERA_SILENT,
    Reason.CAMERA_GARBAGE,
    Reason.DISK_FULL,
    Reason.DISK_FAILED,
)
_FOLLOWS_FROM_SILENCE = (Reason.NOT_RECORDING, Reason.PICTURE_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something wrong, and what to do about it."""

    reason: Reason
    word: str
    advice: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """One camera on the page."""

    camera_id: str
    position: int
    title: str
    name: str
    tone: Tone
    status: str
    """The word for its status."""
    line: str
    """Whether and since when it records."""
    line_tone: Tone
    """Of the line alone: a covered camera records."""
    troubles: tuple[Trouble, ...]
    still_url: str | None
    needs_pin: bool
    """There is a picture, and this reader has not shown the right to see it."""
    still_taken_utc: str
    """ISO 8601, for the page's script, which counts the age; empty without a picture."""
    still_as_of: str
    """`as of 14:03:22`; empty without a picture."""
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """The page."""

    number: str
    title: str
    name: str
    headline: tuple[Sentence, ...]
    tone: Tone
    """Of the page as a whole: the worst of the headline."""
    troubles: tuple[Trouble, ...]
    """Of the whole station; those of a camera stand at the camera."""
    cameras: tuple[CameraView, ...]
    checks: tuple[Check, ...]
    checks_done: int
    details: tuple[tuple[str, str], ...]
    as_of: str
    """When this was true, with the offset of the station's clock."""
    now_utc: str
    zone: str
    """IANA name, for the page's script."""


def station_view(facts: StationFacts, texts: Texts) -> StationView:
    """Put a station into words."""
    headline = headline_of(facts, texts)
    checks = checks_of(facts, texts)
    return StationView(
        number=facts.number,
        title=texts("station.title", number=facts.number),
        name=facts.name,
        headline=headline,
        tone=_worst(tuple(sentence.tone for sentence in headline)),
        troubles=_troubles(facts.judgement, texts, of_station=True),
        cameras=tuple(_camera_view(camera, facts, texts) for camera in facts.cameras),
        checks=checks,
        checks_done=sum(check.is_done for check in checks),
        details=_station_details(facts, texts),
        as_of=moment(facts.now_utc, facts.zone, texts),
        now_utc=facts.now_utc.isoformat(),
        zone=facts.zone.key,
    )


def _worst(tones: tuple[Tone, ...]) -> Tone:
    order = (Tone.FAILING, Tone.UNKNOWN, Tone.WARNING, Tone.IDLE, Tone.OK)
    return min(tones, key=order.index)


def _troubles(judgement: Judgement, texts: Texts, *, of_station: bool) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(
            reason=reason,
            word=reason_word(texts, reason),
            advice=reason_advice(texts, reason),
            tone=_trouble_tone(reason, judgement.status),
        )
        for reason in _root_reasons(judgement)
        if (reason in _STATION_REASONS) is of_station
    )


def _trouble_tone(reason: Reason, status: Status) -> Tone:
    """A warning stays one beside a failure: it is not what has to be repaired first."""
    if status is Status.UNKNOWN:
        return Tone.UNKNOWN
    return Tone.WARNING if reason in WARNINGS else Tone.FAILING


def _root_reasons(judgement: Judgement) -> tuple[Reason, ...]:
    """What follows from a cause goes without saying where the cause is named beside it."""
    is_explained = any(reason in _CAUSES_OF_SILENCE for reason in judgement.reasons)
    return tuple(r for r in judgement.reasons if not (is_explained and r in _FOLLOWS_FROM_SILENCE))


def _camera_view(camera: CameraFacts, facts: StationFacts, texts: Texts) -> CameraView:
    taken = camera.still_taken_utc
    return CameraView(
        camera_id=str(camera.camera_id),
        position=camera.position,
        title=texts("camera.title", n=camera.position),
        name=camera.name,
        tone=tone_of(camera.judgement.status),
        status=status_word(texts, camera.judgement.status),
        line=_recording_line(camera, facts, texts),
        line_tone=_recording_tone(camera.judgement),
        troubles=_troubles(camera.judgement, texts, of_station=False),
        still_url=camera.still_url if taken else None,
        needs_pin=taken is not None and camera.still_url is None,
        still_taken_utc=taken.isoformat() if taken else "",
        still_as_of=texts("still.as_of", time=f"{taken.astimezone(facts.zone):%H:%M:%S}")
        if taken
        else "",
        details=_camera_details(camera.report, texts) if camera.report else (),
    )


def _recording_line(camera: CameraFacts, facts: StationFacts, texts: Texts) -> str:
    report, judgement = camera.report, camera.judgement
    if judgement.status is Status.NOT_EXPECTED:
        return texts("camera.not_expected")
    if judgement.status is Status.UNKNOWN or report is None:
        return texts("camera.unknown_now")
    if Reason.NOT_RECORDING in judgement.reasons:
        age_s = report.last_recorded_age_s
        if age_s is None:
            return texts("camera.never_recorded")
        return texts("camera.last_recorded", ago=duration(age_s, texts))
    started = report.recording_since_utc
    if started is None:
        return texts("camera.records")
    return texts("camera.records_since", time=since(started, facts.now_utc, facts.zone, texts))


def _recording_tone(judgement: Judgement) -> Tone:
    is_recording = Reason.NOT_RECORDING not in judgement.reasons
    if judgement.status is Status.FAILING and is_recording:
        return Tone.OK
    return tone_of(judgement.status)


def _camera_details(report: CameraReport, texts: Texts) -> tuple[tuple[str, str], ...]:
    interval_s = report.keyframe_interval_s
    return (
        (texts("detail.fps"), number(round(report.fps, 1), texts)),
        (texts("detail.bitrate"), bitrate(report.bitrate_bps, texts)),
        (
            texts("detail.keyframes"),
            "–" if interval_s is None else texts("unit.seconds", n=number(interval_s, texts)),
        ),
        (texts("detail.reconnects"), number(report.reconnects_total, texts)),
        (texts("detail.dropped"), number(report.dropped_packets_total, texts)),
        (texts("detail.live"), texts("yes" if report.is_publishing else "no")),
    )


def _station_details(facts: StationFacts, texts: Texts) -> tuple[tuple[str, str], ...]:
    if facts.report is None or facts.report_utc is None:
        return ()
    return (
        (texts("detail.report"), moment(facts.report_utc, facts.zone, texts)),
        *_report_details(facts.report, texts),
        (texts("detail.zone"), f"{facts.zone.key} ({offset(facts.now_utc, facts.zone)})"),
    )


def _report_details(report: StationReport, texts: Texts) -> tuple[tuple[str, str], ...]:
    clock_offset_s = report.clock_offset_s
    return (
        (texts("detail.version"), report.agent_version),
        (texts("detail.uptime"), duration(report.uptime_s, texts)),
        (texts("detail.disk_free"), size(report.disk.free_bytes, texts)),
        (
            texts("detail.backlog"),
            f"{duration(report.backlog_seconds, texts)} · {size(report.backlog_bytes, texts)}",
        ),
        (
            texts("detail.clock_offset"),
            "–"
            if clock_offset_s is None
            else texts("unit.seconds", n=signed(clock_offset_s, texts)),
        ),
        (texts("detail.clock_synced"), texts("yes" if report.is_clock_synced else "no")),
    )
