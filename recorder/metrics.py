"""What the station tells Prometheus. Cameras are known by their position, never by an address."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.footage import GapCause
from core.wire.heartbeat import CameraReport, Picture, StationReport, UplinkReport
from recorder.counters import Counters

_NAME = "pollcam_agent_"
_CAMERA = ("camera",)


class Metrics:
    """The station's figures, read anew at each scrape.

    Args:
        report: What a heartbeat would say now; called in whichever thread scrapes.
        counters: By camera; what the heartbeat does not say.
        last_heard_age_s: Since the centre answered; None: never.
    """

    def __init__(
        self,
        report: Callable[[], StationReport],
        counters: Mapping[UUID, Counters],
        last_heard_age_s: Callable[[], float | None],
    ) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Present(report, counters, last_heard_age_s))


class _Present(Collector):
    def __init__(
        self,
        report: Callable[[], StationReport],
        counters: Mapping[UUID, Counters],
        last_heard_age_s: Callable[[], float | None],
    ) -> None:
        self._report = report
        self._counters = counters
        self._last_heard_age_s = last_heard_age_s

    def describe(self) -> Iterator[Metric]:
        """Nothing: asking for the names would ask the disk."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All of it, from one report."""
        report = self._report()
        positions = {str(c.position): self._counters.get(c.camera_id) for c in report.cameras}
        counters = {position: kept for position, kept in positions.items() if kept is not None}
        yield from _of_station(report, self._last_heard_age_s())
        if report.uplink is not None:
            yield from _of_uplink(report.uplink)
        yield from _of_cameras(report.cameras)
        yield from _of_recording(counters)
        yield _gaps(counters)


def _of_station(report: StationReport, heard_age_s: float | None) -> Iterator[Metric]:
    yield _one("uptime_seconds", "Since the agent started.", report.uptime_s)
    yield _one("disk_free_bytes", "Free on the recording disk.", report.disk.free_bytes)
    yield _one(
        "disk_seconds_left", "Until the disk is full at this rate.", report.disk.seconds_left
    )
    yield _one("disk_failed", "Whether the disk takes no bytes.", report.disk.is_failed)
    yield _one("backlog_seconds", "Footage that the archive lacks.", report.backlog_seconds)
    yield _one("backlog_bytes", "Footage that the archive lacks.", report.backlog_bytes)
    yield _one("clock_offset_seconds", "This clock minus the centre's.", report.clock_offset_s)
    yield _one("clock_synced", "Whether the system says so.", report.is_clock_synced)
    yield _one("heartbeat_age_seconds", "Since the centre last answered.", heard_age_s)


def _of_uplink(uplink: UplinkReport) -> Iterator[Metric]:
    for name, meaning, value in (
        ("entries_sent", "Journal lines acknowledged.", uplink.entries_sent_total),
        ("objects_sent", "Objects confirmed by the archive.", uplink.objects_sent_total),
        ("bytes_sent", "Of objects, repeated uploads included.", uplink.bytes_sent_total),
        ("refused", "Lines and objects that are refused for good.", uplink.refused_total),
        ("setbacks", "Uploads that came to nothing.", uplink.setbacks_total),
        ("failures", "Calls without an answer.", uplink.failures_total),
    ):
        yield CounterMetricFamily(f"{_NAME}uplink_{name}", meaning, value=value)
    yield _one(
        "uplink_success_age_seconds",
        "Since the centre last took something.",
        uplink.last_success_age_s,
    )


def _of_cameras(cameras: tuple[CameraReport, ...]) -> Iterator[Metric]:
    yield _each(
        "last_recorded_age_seconds",
        "Since the newest bytes reached the disk.",
        {c.position: c.last_recorded_age_s for c in cameras},
    )
    yield _each("fps", "Pictures a second, of ten seconds.", {c.position: c.fps for c in cameras})
    yield _each(
        "bitrate_bps",
        "Bits a second, of ten seconds.",
        {c.position: c.bitrate_bps for c in cameras},
    )
    yield _each(
        "keyframe_interval_seconds",
        "Between the last two keyframes.",
        {c.position: c.keyframe_interval_s for c in cameras},
    )
    yield _each(
        "publishing", "Whether it is live now.", {c.position: c.is_publishing for c in cameras}
    )
    yield _each(
        "picture_age_seconds",
        "Of the still that was judged.",
        {c.position: c.picture_age_s for c in cameras},
    )
    yield _pictures(cameras)
    yield _counted(
        "reconnects",
        "Sessions with the camera after the first.",
        {str(c.position): c.reconnects_total for c in cameras},
    )
    yield _counted(
        "dropped_packets",
        "Packets that were not recorded.",
        {str(c.position): c.dropped_packets_total for c in cameras},
    )


def _of_recording(counters: Mapping[str, Counters]) -> Iterator[Metric]:
    yield _counted(
        "segments", "Segments closed.", {p: c.segments_total for p, c in counters.items()}
    )
    yield _counted(
        "recorded_bytes",
        "Bytes written to the disk.",
        {p: c.recorded_bytes_total for p, c in counters.items()},
    )
    yield _counted(
        "media_clock_lost",
        "Runs ended for the camera's clock, which does not go with the time.",
        {p: c.media_clock_lost_total for p, c in counters.items()},
    )
    yield _counted(
        "forfeited_bytes",
        "Deleted or lost before the archive had them.",
        {p: c.forfeited_bytes_total for p, c in counters.items()},
    )


def _pictures(cameras: tuple[CameraReport, ...]) -> Metric:
    family = GaugeMetricFamily(
        f"{_NAME}camera_picture", "1 for the word that the probe has.", labels=(*_CAMERA, "picture")
    )
    for camera in cameras:
        for word in Picture:
            family.add_metric([str(camera.position), word.value], float(camera.picture is word))
    return family


def _gaps(counters: Mapping[str, Counters]) -> Metric:
    family = CounterMetricFamily(
        f"{_NAME}camera_gaps", "Gaps stated, by cause.", labels=(*_CAMERA, "cause")
    )
    for position, kept in counters.items():
        for cause in GapCause:
            family.add_metric([position, cause.value], kept.gaps_total.get(cause, 0))
    return family


def _one(name: str, meaning: str, value: float | None) -> Metric:
    """What is not known has no sample: an absent figure looks like no other."""
    return GaugeMetricFamily(f"{_NAME}{name}", meaning, value=value)


def _each(name: str, meaning: str, values: Mapping[int, float | None]) -> Metric:
    family = GaugeMetricFamily(f"{_NAME}camera_{name}", meaning, labels=_CAMERA)
    for position, value in values.items():
        if value is not None:
            family.add_metric([str(position)], float(value))
    return family


def _counted(name: str, meaning: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"{_NAME}camera_{name}", meaning, labels=_CAMERA)
    for position, value in values.items():
        family.add_metric([position], value)
    return family
