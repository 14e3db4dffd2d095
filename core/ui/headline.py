"""The top line of the station page, as in "Both cameras record. 31 h of disk left. Link: good."."""

from dataclasses import dataclass

from core.health import Reason, Status
from core.ui.catalogue import Texts
from core.ui.link import LinkState
from core.ui.spelling import duration, since, size
from core.ui.station_facts import CameraFacts, StationFacts
from core.ui.words import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One short sentence and its looks."""

    text: str
    tone: Tone


_PICTURE_TROUBLES = (Reason.COVERED, Reason.DARK, Reason.FROZEN)


def headline_of(facts: StationFacts, texts: Texts) -> tuple[Sentence, ...]:
    """What a technician must know first: cameras, disk, link; the clock when it is wrong."""
    if not facts.is_known:
        return (_silence(facts, texts),)
    return (
        *_cameras(facts.cameras, texts),
        _disk(facts, texts),
        *_clock(facts, texts),
        _link(facts, texts),
    )


def _silence(facts: StationFacts, texts: Texts) -> Sentence:
    if facts.report_utc is None:
        return Sentence(text=texts("headline.never_seen"), tone=Tone.UNKNOWN)
    time = since(facts.report_utc, facts.now_utc, facts.zone, texts)
    return Sentence(text=texts("headline.silent", time=time), tone=Tone.UNKNOWN)


def _cameras(cameras: tuple[CameraFacts, ...], texts: Texts) -> tuple[Sentence, ...]:
    if not cameras:
        return (Sentence(text=texts("headline.no_cameras"), tone=Tone.UNKNOWN),)
    wrong = [sentence for camera in cameras if (sentence := _wrong(camera, texts))]
    if wrong:
        return (*wrong, *_rest(cameras, len(wrong), texts))
    if all(camera.judgement.status is Status.NOT_EXPECTED for camera in cameras):
        return (Sentence(text=texts("headline.not_expected"), tone=Tone.IDLE),)
    name = {1: "headline.one_records", 2: "headline.both_record"}.get(len(cameras))
    text = texts(name) if name else texts("headline.all_record", n=len(cameras))
    return (Sentence(text=text, tone=Tone.OK),)


def _rest(cameras: tuple[CameraFacts, ...], wrong: int, texts: Texts) -> tuple[Sentence, ...]:
    good = [c for c in cameras if c.judgement.status is Status.OK]
    if len(good) == 1:
        text = texts("headline.camera_records", n=good[0].position)
        return (Sentence(text=text, tone=Tone.OK),)
    if good and len(good) + wrong == len(cameras):
        return (Sentence(text=texts("headline.others_record"), tone=Tone.OK),)
    return ()


def _wrong(camera: CameraFacts, texts: Texts) -> Sentence | None:
    """The one worst thing about a camera; the rest stands at its picture."""
    if camera.judgement.status is Status.UNKNOWN:
        return Sentence(text=texts("headline.unknown", n=camera.position), tone=Tone.UNKNOWN)
    if Reason.NOT_RECORDING in camera.judgement.reasons:
        return Sentence(text=texts("headline.not_recording", n=camera.position), tone=Tone.FAILING)
    for reason in _PICTURE_TROUBLES:
        if reason in camera.judgement.reasons:
            text = texts(f"headline.{reason.value}", n=camera.position)
            return Sentence(text=text, tone=Tone.FAILING)
    return None


def _disk(facts: StationFacts, texts: Texts) -> Sentence:
    if Reason.DISK_FAILED in facts.judgement.reasons:
        return Sentence(text=texts("headline.disk_failed"), tone=Tone.FAILING)
    disk = facts.report.disk if facts.report else None
    if disk is None or disk.seconds_left is None:
        free = size(disk.free_bytes, texts) if disk else "–"
        return Sentence(text=texts("headline.disk_free", size=free), tone=Tone.OK)
    is_low = Reason.DISK_LOW in facts.judgement.reasons
    left = duration(disk.seconds_left, texts)
    return Sentence(
        text=texts("headline.disk_left", left=left), tone=Tone.WARNING if is_low else Tone.OK
    )


def _clock(facts: StationFacts, texts: Texts) -> tuple[Sentence, ...]:
    if Reason.CLOCK_WRONG in facts.judgement.reasons:
        return (Sentence(text=texts("headline.clock_wrong"), tone=Tone.FAILING),)
    return ()


def _link(facts: StationFacts, texts: Texts) -> Sentence:
    link = facts.link
    if link.state is LinkState.GOOD:
        return Sentence(text=texts("headline.link_good"), tone=Tone.OK)
    if link.state is LinkState.SLOW:
        waiting = duration(link.backlog_seconds, texts)
        return Sentence(text=texts("headline.link_slow", waiting=waiting), tone=Tone.WARNING)
    if link.since_utc is None:
        return Sentence(text=texts("headline.link_never"), tone=Tone.WARNING)
    time = since(link.since_utc, facts.now_utc, facts.zone, texts)
    return Sentence(text=texts("headline.link_lost", time=time), tone=Tone.WARNING)
