"""What Prometheus is told. Labels are regions, words and route templates, never addresses."""

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from api.fleet import FleetSnapshot
from api.fleet_views import JudgedStation
from core.health import Reason, Status


class Metrics:
    """The figures of one API process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pollcam_api_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.durations = Histogram(
            "pollcam_api_request_seconds",
            "Time to the first byte of the answer.",
            ["route"],
            registry=self.registry,
            buckets=(0.005, 0.02, 0.1, 0.5, 2, 10),
        )
        self._stations = self._gauge("stations", "Stations by status.", ["region", "status"])
        self._cameras = self._gauge("cameras", "Cameras by status.", ["region", "status"])
        self._reasons = self._gauge("station_reasons", "Stations by reason.", ["region", "reason"])
        self._coverage = self._gauge(
            "coverage_ratio", "Cameras that record now ÷ cameras expected to.", ["region"]
        )
        self._backlog_s = self._gauge(
            "backlog_seconds", "Footage on stations that the archive lacks.", ["region"]
        )
        self._backlog_bytes = self._gauge(
            "backlog_bytes", "Footage on stations that the archive lacks.", ["region"]
        )
        self.incidents = self._gauge("incidents_open", "Open incidents.", ["kind"])
        self.subscribers = self._gauge("event_subscribers", "Listeners of /events.", [])
        self.cut_off = self._gauge("event_subscribers_cut_off", "Cut off for lagging.", [])
        self.streamer_up = self._gauge("streamer_up", "Whether the streamer answers.", [])
        self.snapshot_utc = self._gauge(
            "fleet_judged_timestamp_seconds", "When the fleet was last judged.", []
        )

    def show_fleet(self, snapshot: FleetSnapshot) -> None:
        """Take the figures of a snapshot over."""
        regions: dict[str, list[JudgedStation]] = {}
        for judged in snapshot.stations:
            regions.setdefault(judged.site.station.region, []).append(judged)
        for gauge in (self._coverage, self._backlog_s, self._backlog_bytes):
            gauge.clear()
        for gauge in (self._stations, self._cameras, self._reasons):
            gauge.clear()
        for region, stations in regions.items():
            self._show_region(region, stations)
            self._coverage.labels(region).set(snapshot.coverage_ratio((region,)) or 0.0)
        self.snapshot_utc.set(snapshot.at_utc.timestamp())

    def show_incidents(self, kinds: Iterable[str]) -> None:
        """Take over which incidents are open."""
        self.incidents.clear()
        for kind, count in Tally(kinds).items():
            self.incidents.labels(kind).set(count)

    def _show_region(self, region: str, stations: list[JudgedStation]) -> None:
        station_tally = Tally(s.judgement.status for s in stations)
        camera_tally = Tally(c.status for s in stations for c in s.cameras)
        reason_tally = Tally(r for s in stations for r in s.judgement.reasons)
        for status in Status:
            self._stations.labels(region, status.value).set(station_tally[status])
            self._cameras.labels(region, status.value).set(camera_tally[status])
        for reason in Reason:
            self._reasons.labels(region, reason.value).set(reason_tally[reason])
        reports = [s.heard.report for s in stations if s.heard]
        self._backlog_s.labels(region).set(sum(r.backlog_seconds for r in reports))
        self._backlog_bytes.labels(region).set(sum(r.backlog_bytes for r in reports))

    def _gauge(self, name: str, text: str, labels: list[str]) -> Gauge:
        return Gauge(f"pollcam_api_{name}", text, labels, registry=self.registry)
