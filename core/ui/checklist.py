"""The tests of the day before, each ticked by what the station itself reports."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.health import CLOCK_OFF_ABOVE_S, Reason, Status
from core.ui.catalogue import Texts
from core.ui.link import BACKLOG_SLOW_ABOVE_S, LinkState
from core.ui.station_facts import CameraFacts, StationFacts
from core.wire.heartbeat import Picture

DISK_ENOUGH_FOR_A_DAY_S = 20 * 3600.0
"""From the opening at 8:00 through the count of the night, with what the disk can still take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the checklist."""

    key: str
    """The same on every visit; the page's script remembers drills by it."""
    text: str
    is_done: bool
    how: str
    """What to do while it is not done."""
    drill: str = ""
    """`cover` or `unplug`: a test by hand that the page ticks when it saw it happen."""
    camera_id: str = ""


def checks_of(facts: StationFacts, texts: Texts) -> tuple[Check, ...]:
    """All lines, in the order in which one does them."""
    return (
        *_of_cameras(facts, texts),
        _check("disk", texts, is_done=facts.is_known and _has_disk_for_a_day(facts)),
        _check("clock", texts, is_done=facts.is_known and _has_true_clock(facts)),
        _check("link", texts, is_done=facts.link.state is LinkState.GOOD),
        _check("upload", texts, is_done=facts.is_known and _is_uploaded(facts)),
        *_drills(facts, texts),
    )


def _check(key: str, texts: Texts, *, is_done: bool) -> Check:
    return Check(
        key=key, text=texts(f"check.{key}"), is_done=is_done, how=texts(f"check.{key}.how")
    )


def _of_cameras(facts: StationFacts, texts: Texts) -> Iterator[Check]:
    for camera in facts.cameras:
        n = camera.position
        yield Check(
            key=f"records-{n}",
            text=texts("check.records", n=n),
            is_done=facts.is_known and _records(camera),
            how=texts("check.records.how"),
        )
        yield Check(
            key=f"picture-{n}",
            text=texts("check.picture", n=n),
            is_done=facts.is_known and _shows_a_good_picture(camera),
            how=texts("check.picture.how"),
        )


def _drills(facts: StationFacts, texts: Texts) -> Iterator[Check]:
    for camera in facts.cameras:
        yield Check(
            key=f"cover-{camera.position}",
            text=texts("check.cover", n=camera.position),
            is_done=False,
            how=texts("check.cover.how"),
            drill="cover",
            camera_id=str(camera.camera_id),
        )
    yield Check(
        key="unplug",
        text=texts("check.unplug"),
        is_done=False,
        how=texts("check.unplug.how"),
        drill="unplug",
    )


def _records(camera: CameraFacts) -> bool:
    is_judged = camera.judgement.status in (Status.OK, Status.FAILING)
    return is_judged and Reason.NOT_RECORDING not in camera.judgement.reasons


def _shows_a_good_picture(camera: CameraFacts) -> bool:
    if camera.report is None or Reason.NOT_RECORDING in camera.judgement.reasons:
        return False  # the last picture of a camera that was cut says nothing of now
    return camera.report.picture is Picture.OK


def _has_disk_for_a_day(facts: StationFacts) -> bool:
    if facts.report is None or facts.report.disk.is_failed:
        return False
    seconds_left = facts.report.disk.seconds_left
    return seconds_left is not None and seconds_left >= DISK_ENOUGH_FOR_A_DAY_S


def _has_true_clock(facts: StationFacts) -> bool:
    report = facts.report
    if report is None or not report.is_clock_synced or report.clock_offset_s is None:
        return False
    return abs(report.clock_offset_s) <= CLOCK_OFF_ABOVE_S


def _is_uploaded(facts: StationFacts) -> bool:
    is_near = facts.report is not None and facts.report.backlog_seconds <= BACKLOG_SLOW_ABOVE_S
    return is_near and facts.link.state is LinkState.GOOD
