"""What the streamer tells Prometheus. No label carries an address, a token or an account."""

import asyncio
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from core.clock import Clock
from core.live_stream import StreamKey
from streamer.present import Present
from streamer.publication import Publication
from streamer.rtp.ingest import IngestStream
from streamer.udp.port import UdpPort
from streamer.viewer import Viewer

_NAME = "pollcam_streamer_"
_REPORTED_S = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Browsers report once a second: what counts is how many come late."""


class Metrics:
    """Counters of this node, in a registry of their own.

    Args:
        publications: The present ones, read at each scrape.
        clock: For ages.
        ports: Their sockets, as far as there are any.
    """

    def __init__(
        self, publications: Iterable[Publication], clock: Clock, ports: Sequence[UdpPort] = ()
    ) -> None:
        self.registry = CollectorRegistry()
        self._count_sessions(self.registry)
        self._time_sessions(self.registry)
        self._count_packets(self.registry)
        self._present = Present(publications, clock, ports)
        self.registry.register(self._present)

    def _count_sessions(self, own: CollectorRegistry) -> None:
        self.sessions_begun = Counter(
            f"{_NAME}sessions_begun", "Offers that were answered.", ["protocol"], registry=own
        )
        self.sessions_ended = Counter(
            f"{_NAME}sessions_ended", "By protocol and cause.", ["protocol", "cause"], registry=own
        )
        self.redirects = Counter(
            f"{_NAME}redirects", "Clients sent to another engine.", ["protocol"], registry=own
        )
        self.refusals = Counter(
            f"{_NAME}refusals",
            "Requests refused, by status and by the name of the error.",
            ["status", "reason"],
            registry=own,
        )

    def _time_sessions(self, own: CollectorRegistry) -> None:
        self.connect_seconds = Histogram(
            f"{_NAME}connect_seconds", "From the answer to DTLS done.", ["protocol"], registry=own
        )
        self.first_media_seconds = Histogram(
            f"{_NAME}first_media_seconds",
            "From a viewer's offer to the first media it is sent.",
            registry=own,
        )
        self.first_report_seconds = Histogram(
            f"{_NAME}first_report_seconds",
            "From a viewer's offer to its first report of media that arrived.",
            registry=own,
            buckets=_REPORTED_S,
        )

    def _count_packets(self, own: CollectorRegistry) -> None:
        self.malformed_rtcp = Counter(
            f"{_NAME}malformed_rtcp", "RTCP of viewers that could not be read.", registry=own
        )
        self._ingest_packets = Counter(
            f"{_NAME}ingest_packets",
            "Packets of ended publishers, by fate.",
            ["fate"],
            registry=own,
        )
        self._viewer_packets = Counter(
            f"{_NAME}viewer_packets", "Packets of ended viewers, by fate.", ["fate"], registry=own
        )
        Gauge(
            f"{_NAME}tasks", "Tasks of the event loop, the scrape's own included.", registry=own
        ).set_function(_tasks)

    def follow_ingest(self, key: StreamKey, stream: IngestStream) -> None:
        """Show a publisher's session while it lasts."""
        self._present.ingests[key] = stream

    def count_ingest(self, key: StreamKey, stream: IngestStream) -> None:
        """Add up a publisher's session that has ended."""
        self._present.end_ingest(key, stream)
        self._ingest_packets.labels("received").inc(stream.packets_total)
        self._ingest_packets.labels("lost").inc(stream.lost_total)
        self._ingest_packets.labels("malformed").inc(stream.malformed_total)

    def count_viewer(self, key: StreamKey, viewer: Viewer) -> None:
        """Add up a viewer's session that has ended."""
        self._present.end_viewer(key, viewer)
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
