"""The metrics registry of each process, made as the process makes it."""

from collections.abc import Callable, Mapping
from uuid import UUID

from prometheus_client import CollectorRegistry

import api.metrics
import recorder.metrics
import streamer.metrics
from core.clock import SystemClock
from core.wire.heartbeat import DiskReport, StationReport, UplinkReport

REGISTRIES: Mapping[str, Callable[[], CollectorRegistry]] = {
    "api": lambda: api.metrics.Metrics().registry,
    "streamer": lambda: streamer.metrics.Metrics((), SystemClock()).registry,
    "agent": lambda: recorder.metrics.Metrics(_report_of_no_camera, {}, lambda: None).registry,
}


def _report_of_no_camera() -> StationReport:
    return StationReport(
        device_id=UUID(int=0),
        sent_utc=SystemClock().utc(),
        agent_version="",
        uptime_s=0.0,
        cameras=(),
        disk=DiskReport(),
        uplink=UplinkReport(last_success_age_s=0.0),
    )
