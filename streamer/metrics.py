"""What the streamer tells Prometheus. No label carries an address, a token or an account."""

import asyncio
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.clock import Clock
from streamer.publication import Publication
from streamer.rtp.ingest import IngestStream
from streamer.viewer import Viewer

_CAMERA = ["camera_id"]


class Metrics:
    """Counters of this node, in a registry of their own.

    Args:
        publications: The present ones, read at each scrape.
        clock: For ages.
    """

    def __init__(self, publications: Iterable[Publication], clock: Clock) -> None:
        self.registry = CollectorRegistry()
        name = "pollcam_streamer_"
        own = self.registry
        self.sessions_begun = Counter(
            f"{name}sessions_begun", "Offers that were answered.", ["protocol"], registry=own
        )
        self.sessions_ended = Counter(
            f"{name}sessions_ended", "By protocol and cause.", ["protocol", "cause"], registry=own
        )
        self.redirects = Counter(
            f"{name}redirects", "Clients sent to another engine.", ["protocol"], registry=own
        )
        self.refusals = Counter(
            f"{name}refusals",
            "Requests refused, by status and by the name of the error.",
            ["status", "reason"],
            registry=own,
        )
        self.connect_seconds = Histogram(
            f"{name}connect_seconds", "From the answer to DTLS done.", ["protocol"], registry=own
        )
        self.malformed_rtcp = Counter(
            f"{name}malformed_rtcp", "RTCP of viewers that could not be read.", registry=own
        )
        self._ingest_packets = Counter(
            f"{name}ingest_packets", "Packets of ended publishers, by fate.", ["fate"], registry=own
        )
        self._viewer_packets = Counter(
            f"{name}viewer_packets", "Packets of ended viewers, by fate.", ["fate"], registry=own
        )
        Gauge(
            f"{name}tasks", "Tasks of the event loop, the scrape's own included.", registry=own
        ).set_function(_tasks)
        self.registry.register(_Present(publications, clock))

    def count_ingest(self, stream: IngestStream) -> None:
        """Add up a publisher's session that has ended."""
        self._ingest_packets.labels("received").inc(stream.packets_total)
        self._ingest_packets.labels("lost").inc(stream.lost_total)
        self._ingest_packets.labels("malformed").inc(stream.malformed_total)

    def count_viewer(self, viewer: Viewer) -> None:
        """Add up a viewer's session that has ended."""
        counters = viewer.counters
        self._viewer_packets.labels("sent").inc(viewer.sent.packets)
        self._viewer_packets.labels("repeated").inc(counters.repeated_packets)
        self._viewer_packets.labels("unknown").inc(counters.unknown_repeats)
        self._viewer_packets.labels("refused").inc(counters.refused_bursts)

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # read by a process that serves nothing
        return 0


class _Present(Collector):
    """What is carried now, by camera."""

    def __init__(self, publications: Iterable[Publication], clock: Clock) -> None:
        self._publications = publications
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        name = "pollcam_streamer_"
        viewers = GaugeMetricFamily(f"{name}viewers", "Viewers now.", labels=_CAMERA)
        thinned = GaugeMetricFamily(
            f"{name}thinned_viewers", "Viewers that get keyframes only.", labels=_CAMERA
        )
        age = GaugeMetricFamily(
            f"{name}picture_age_seconds", "Since the last picture came.", labels=_CAMERA
        )
        pictures = CounterMetricFamily(f"{name}pictures", "Pictures taken in.", labels=_CAMERA)
        taken = CounterMetricFamily(f"{name}ingest_bytes", "Bytes of pictures.", labels=_CAMERA)
        now_s = self._clock.monotonic_s()
        for publication in self._publications:
            camera = [str(publication.camera_id)]
            viewers.add_metric(camera, len(publication.viewers))
            thinned.add_metric(camera, publication.thinned_viewers)
            pictures.add_metric(camera, publication.units_total)
            taken.add_metric(camera, publication.bytes_total)
            if publication.last_unit_s is not None:
                age.add_metric(camera, now_s - publication.last_unit_s)
        yield from (viewers, thinned, age, pictures, taken)
