"""What is carried now, by camera, as Prometheus reads it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean
from uuid import UUID

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.clock import Clock
from streamer.publication import Publication
from streamer.rtp.ingest import IngestStream
from streamer.udp.port import UdpPort
from streamer.viewer import Viewer

_NAME = "pollcam_streamer_"
_CAMERA = ["camera_id"]
_Drops = Counter[str]


class Present(Collector):
    """Reads publications, viewers and ports at each scrape.

    Args:
        publications: The present ones.
        clock: For ages.
        ports: Their sockets.
    """

    def __init__(
        self, publications: Iterable[Publication], clock: Clock, ports: Sequence[UdpPort]
    ) -> None:
        self.ingests: dict[UUID, IngestStream] = {}
        """The publishers that are there."""
        self._publications = publications
        self._clock = clock
        self._ports = ports
        self._ended: dict[UUID, _Drops] = {}
        """What sessions that ended have dropped, for as long as their camera is here."""

    def end_ingest(self, camera_id: UUID, stream: IngestStream) -> None:
        """A publisher has gone; another may have taken over before."""
        if self.ingests.get(camera_id) is stream:
            del self.ingests[camera_id]
        self._ended.setdefault(camera_id, Counter()).update(_dropped_by(stream))

    def end_viewer(self, camera_id: UUID, viewer: Viewer) -> None:
        """A viewer has gone."""
        self._ended.setdefault(camera_id, Counter()).update(_dropped_for(viewer))

    def collect(self) -> Iterator[Metric]:
        """Everything, by camera and by port."""
        present = list(self._publications)
        here = {publication.camera_id for publication in present}
        self._ended = {camera: drops for camera, drops in self._ended.items() if camera in here}
        yield from _pictures(present, self._clock.monotonic_s())
        yield from _viewers(present)
        yield self._drops(present)
        yield _datagrams(self._ports)

    def _drops(self, present: Sequence[Publication]) -> Metric:
        family = CounterMetricFamily(
            f"{_NAME}drops",
            "What was lost, by cause: packets that a publisher sent in vain or spoilt, pictures"
            " that were never whole, bursts that the kernel refused, repeats that came too late.",
            labels=[*_CAMERA, "cause"],
        )
        for publication in present:
            camera_id = publication.camera_id
            drops = Counter(self._ended.get(camera_id, {}))
            stream = self.ingests.get(camera_id)
            drops.update(_dropped_by(stream) if stream is not None else {})
            for viewer in publication.viewers:
                drops.update(_dropped_for(viewer))
            for cause, count in sorted(drops.items()):
                family.add_metric([str(camera_id), cause], count)
        return family


def _dropped_by(stream: IngestStream) -> dict[str, int]:
    return {
        "ingest_lost": stream.lost_total,
        "ingest_malformed": stream.malformed_total,
        "ingest_incomplete": stream.dropped_total,
    }


def _dropped_for(viewer: Viewer) -> dict[str, int]:
    counters = viewer.counters
    return {
        "send_refused": counters.refused_bursts,
        "repeat_unknown": counters.unknown_repeats,
    }


def _pictures(present: Sequence[Publication], now_s: float) -> Iterator[Metric]:
    age = _gauge("picture_age_seconds", "Since the last picture came.")
    rate = _gauge("ingest_bits_per_second", "What the publisher sends, over the last seconds.")
    pictures = CounterMetricFamily(f"{_NAME}pictures", "Pictures taken in.", labels=_CAMERA)
    taken = CounterMetricFamily(f"{_NAME}ingest_bytes", "Bytes of pictures.", labels=_CAMERA)
    for publication in present:
        camera = [str(publication.camera_id)]
        pictures.add_metric(camera, publication.units_total)
        taken.add_metric(camera, publication.bytes_total)
        rate.add_metric(camera, publication.bitrate_bps())
        if publication.last_unit_s is not None:
            age.add_metric(camera, now_s - publication.last_unit_s)
    yield from (age, rate, pictures, taken)


def _viewers(present: Sequence[Publication]) -> Iterator[Metric]:
    count = _gauge("viewers", "Viewers now.")
    thinned = _gauge("thinned_viewers", "Viewers that get less than the whole stream.")
    loss = _gauge("viewer_loss_ratio", "Lost of what was sent, the mean over viewers.")
    worst = _gauge("viewer_loss_worst_ratio", "The same of the viewer with the worst link.")
    round_trip = _gauge("viewer_round_trip_seconds", "The mean over viewers that have told it.")
    for publication in present:
        camera, counters = [str(publication.camera_id)], [v.counters for v in publication.viewers]
        count.add_metric(camera, len(counters))
        thinned.add_metric(camera, publication.thinned_viewers)
        if counters:
            loss.add_metric(camera, fmean(one.fraction_lost for one in counters))
            worst.add_metric(camera, max(one.fraction_lost for one in counters))
        told = [one.round_trip_s for one in counters if one.round_trip_s is not None]
        if told:
            round_trip.add_metric(camera, fmean(told))
    yield from (count, thinned, loss, worst, round_trip)


def _datagrams(ports: Sequence[UdpPort]) -> Metric:
    family = CounterMetricFamily(
        f"{_NAME}datagrams_dropped",
        "Datagrams of nobody who is known, and those at which we failed.",
        labels=["cause"],
    )
    family.add_metric(["stranger"], sum(port.strangers_total for port in ports))
    family.add_metric(["fault"], sum(port.faults_total for port in ports))
    return family


def _gauge(name: str, sentence: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(_NAME + name, sentence, labels=_CAMERA)
