"""A heartbeat of a station where all is well."""

from datetime import timedelta

from benchmarks.centre.country import Device
from core.clock import SystemClock
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport, UplinkReport


def report_of(device: Device, uptime_s: float) -> StationReport:
    """As long as that of a real agent."""
    now_utc = SystemClock().utc()
    since_utc = now_utc - timedelta(hours=1)
    cameras = tuple(
        CameraReport(
            camera_id=camera_id,
            position=position,
            last_recorded_age_s=0.8,
            recording_since_utc=since_utc,
            fps=25.0,
            bitrate_bps=1_480_000,
            keyframe_interval_s=2.0,
            picture=Picture.OK,
            picture_age_s=1.2,
            is_publishing=True,
        )
        for position, camera_id in enumerate(device.camera_ids, 1)
    )
    return StationReport(
        device_id=device.device_id,
        sent_utc=now_utc,
        agent_version="0.1.0",
        uptime_s=uptime_s,
        cameras=cameras,
        disk=DiskReport(free_bytes=10**11, seconds_left=31 * 3600.0),
        backlog_seconds=10.0,
        backlog_bytes=1_850_000,
        clock_offset_s=0.02,
        is_clock_synced=True,
        uplink=UplinkReport(entries_sent_total=720, objects_sent_total=722, last_success_age_s=0.7),
    )
