from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.footage import GapCause
from core.health import (
    AGENT_SILENT_AFTER_S,
    DISK_LOW_BELOW_S,
    RECORDING_CUT_AFTER_S,
    RECORDING_STALE_AFTER_S,
    Judgement,
    Reason,
    Status,
    judge_camera,
    judge_station,
)
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport

CAMERA_ID = UUID(int=1)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
OK = Judgement(Status.OK)


def camera(**changes) -> CameraReport:
    fields = {
        "camera_id": CAMERA_ID,
        "position": 1,
        "last_recorded_age_s": 1.0,
        "picture": Picture.OK,
    }
    return CameraReport(**(fields | changes))


def station(**changes) -> StationReport:
    fields = {
        "device_id": UUID(int=9),
        "sent_utc": NOW,
        "agent_version": "1",
        "uptime_s": 1.0,
        "cameras": (),
        "disk": DiskReport(free_bytes=1, seconds_left=1e6),
        "clock_offset_s": 0.1,
        "is_clock_synced": True,
    }
    return StationReport(**(fields | changes))


def test_a_camera_that_records_a_good_picture_is_ok():
    assert judge_camera(camera(), 1.0) == OK


def test_a_named_trouble_needs_no_slack_and_a_short_one_is_none():
    cut = camera(trouble="camera_silent", last_recorded_age_s=RECORDING_CUT_AFTER_S + 0.1)
    reasons = (Reason.NOT_RECORDING, Reason.CAMERA_SILENT)
    assert judge_camera(cut, 0) == Judgement(Status.FAILING, reasons)
    short = camera(trouble="camera_silent", last_recorded_age_s=RECORDING_CUT_AFTER_S)
    assert judge_camera(short, 0) == OK


def test_a_camera_nobody_ever_reported_is_unknown():
    assert judge_camera(None, None) == Judgement(Status.UNKNOWN, (Reason.NEVER_SEEN,))
    assert judge_camera(camera(), None).status is Status.UNKNOWN


def test_a_good_report_turns_unknown_with_age():
    assert judge_camera(camera(), AGENT_SILENT_AFTER_S).status is Status.OK
    late = judge_camera(camera(), AGENT_SILENT_AFTER_S + 0.1)
    assert late == Judgement(Status.UNKNOWN, (Reason.AGENT_SILENT,))


def test_recording_is_judged_by_the_age_of_bytes_on_disk():
    assert judge_camera(camera(last_recorded_age_s=RECORDING_STALE_AFTER_S), 0).status is Status.OK
    stale = judge_camera(camera(last_recorded_age_s=RECORDING_STALE_AFTER_S + 0.1), 0)
    assert stale == Judgement(Status.FAILING, (Reason.NOT_RECORDING,))
    never = judge_camera(camera(last_recorded_age_s=None), 0)
    assert never.status is Status.FAILING


@pytest.mark.parametrize(
    "cause",
    [
        GapCause.CAMERA_UNREACHABLE,
        GapCause.CAMERA_SILENT,
        GapCause.CAMERA_GARBAGE,
        GapCause.DISK_FULL,
        GapCause.DISK_FAILED,
    ],
)
def test_the_cause_the_agent_names_is_shown(cause):
    judgement = judge_camera(camera(last_recorded_age_s=None, trouble=cause.value), 0)
    assert judgement.reasons == (Reason.NOT_RECORDING, Reason(cause.value))


def test_a_cause_of_a_newer_agent_does_not_break_the_centre():
    judgement = judge_camera(camera(last_recorded_age_s=None, trouble="gremlins"), 0)
    assert judgement.reasons == (Reason.NOT_RECORDING,)


@pytest.mark.parametrize("picture", [Picture.COVERED, Picture.DARK, Picture.FROZEN])
def test_a_useless_picture_fails_although_it_is_recorded(picture):
    judgement = judge_camera(camera(picture=picture), 0)
    assert judgement == Judgement(Status.FAILING, (Reason(picture.value),))


def test_an_unjudged_picture_is_said_and_does_not_fail():
    judgement = judge_camera(camera(picture=Picture.UNKNOWN), 0)
    assert judgement == Judgement(Status.OK, (Reason.PICTURE_UNKNOWN,))


def test_nothing_is_wrong_with_a_camera_that_is_not_expected():
    assert judge_camera(None, None, is_expected=False).status is Status.NOT_EXPECTED


def test_a_station_is_as_bad_as_its_worst_camera():
    failing = Judgement(Status.FAILING, (Reason.COVERED,))
    assert judge_station(station(), 1, (OK, failing)) == failing
    unknown = Judgement(Status.UNKNOWN, (Reason.NEVER_SEEN,))
    assert judge_station(station(), 1, (OK, unknown)).status is not Status.OK


def test_a_silent_station_is_unknown_whatever_it_said_last():
    assert judge_station(station(), AGENT_SILENT_AFTER_S + 1, (OK,)).status is Status.UNKNOWN
    assert judge_station(None, None, ()).reasons == (Reason.NEVER_SEEN,)


def test_a_failed_disk_and_a_wrong_clock_fail_the_station():
    broken = station(disk=DiskReport(is_failed=True))
    assert judge_station(broken, 1, (OK,)) == Judgement(Status.FAILING, (Reason.DISK_FAILED,))
    wrong = station(clock_offset_s=-3600.0)
    assert judge_station(wrong, 1, (OK,)) == Judgement(Status.FAILING, (Reason.CLOCK_WRONG,))


def test_warnings_are_shown_and_do_not_fail_the_station():
    low = station(disk=DiskReport(seconds_left=DISK_LOW_BELOW_S - 1), is_clock_synced=False)
    judgement = judge_station(low, 1, (OK,))
    assert judgement == Judgement(Status.OK, (Reason.DISK_LOW, Reason.CLOCK_UNSYNCED))


def test_reasons_of_a_station_come_worst_first_and_once():
    cameras = (
        Judgement(Status.FAILING, (Reason.DARK,)),
        Judgement(Status.FAILING, (Reason.NOT_RECORDING, Reason.DARK)),
    )
    assert judge_station(station(), 1, cameras).reasons == (Reason.NOT_RECORDING, Reason.DARK)
