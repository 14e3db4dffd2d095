"""What is carried now, by stream of a camera, as Prometheus reads it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.clock import Clock
from core.live_stream import StreamKey
from streamer.publication import Publication
from streamer.rtp.ingest import IngestStream
from streamer.udp.port import UdpPort
from streamer.viewer import Viewer

_NAME = "pollcam_streamer_"
_STREAM = ["camera_id", "stream"]
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
        self.ingests: dict[StreamKey, IngestStream] = {}
        """The publishers that are there."""
        self._publications = publications
        self._clock = clock
        self._ports = ports
        self._ended: dict[StreamKey, _Drops] = {}
        """What sessions that ended have dropped, for as long as their stream is here."""

    def end_ingest(self, key: StreamKey, stream: IngestStream) -> None:
        """A publisher has gone; another may have taken over before."""
        if self.ingests.get(key) is stream:
            del self.ingests[key]
        self._ended.setdefault(key, Counter()).update(_dropped_by(stream))

    def end_viewer(self, key: StreamKey, viewer: Viewer) -> None:
        """A viewer has gone."""
        self._ended.setdefault(key, Counter()).update(_dropped_for(viewer))

    def collect(self) -> Iterator[Metric]:
        """Everything, by stream and by port."""
        present = list(self._publications)
        here = {publication.key for publication in present}
        self._ended = {key: drops for key, drops in self._ended.items() if key in here}
        yield from _pictures(present, self._clock.monotonic_s())
        yield from _viewers(present)
        yield self._drops(present)
        yield _datagrams(self._ports)

    def _drops(self, present: Sequence[Publication]) -> Metric:
        family = CounterMetricFamily(
            f"{_NAME}drops",
            "What was lost, by cause: packets that a publisher sent in vain or spoilt, pictures"
            " that were never whole, bursts that the kernel refused, repeats that came too late.",
            labels=[*_STREAM, "cause"],
        )
        for key, drops in self._drops_of(present).items():
            for cause, count in sorted(drops.items()):
                family.add_metric([*key.labels, cause], count)
        return family

    def _drops_of(self, present: Sequence[Publication]) -> Mapping[StreamKey, _Drops]:
        """A viewer's count for the stream it came for: it is sent another one for a while."""
        keys = {publication.key for publication in present}
        found = {key: Counter(self._ended.get(key, {})) for key in keys}
        for key in keys & self.ingests.keys():
            found[key].update(_dropped_by(self.ingests[key]))
        for publication in present:
            came_for = StreamKey(publication.key.camera_id)
            for viewer in publication.viewers if came_for in found else ():
                found[came_for].update(_dropped_for(viewer))
        return found


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
    age = _gauge(
        "picture_age_seconds",
        "Since the last picture came; where none has come yet, since its publisher did.",
    )
    rate = _gauge("ingest_bits_per_second", "What the publisher sends, over the last seconds.")
    pictures = CounterMetricFamily(f"{_NAME}pictures", "Pictures taken in.", labels=_STREAM)
    taken = CounterMetricFamily(f"{_NAME}ingest_bytes", "Bytes of pictures.", labels=_STREAM)
    for publication in present:
        labels = publication.key.labels
        pictures.add_metric(labels, publication.units_total)
        taken.add_metric(labels, publication.bytes_total)
        rate.add_metric(labels, publication.bitrate_bps())
        last_s = publication.last_unit_s
        age.add_metric(labels, now_s - (publication.since_s if last_s is None else last_s))
    yield from (age, rate, pictures, taken)


def _viewers(present: Sequence[Publication]) -> Iterator[Metric]:
    count = _gauge("viewers", "Viewers now.")
    thinned = _gauge("thinned_viewers", "Viewers that get less than the whole stream.")
    loss = _gauge("viewer_loss_ratio", "Lost of what was sent, the mean over viewers.")
    worst = _gauge("viewer_loss_worst_ratio", "The same of the viewer with the worst link.")
    round_trip = _gauge("viewer_round_trip_seconds", "The mean over viewers that have told it.")
    for publication in present:
        labels, counters = publication.key.labels, [v.counters for v in publication.viewers]
        count.add_metric(labels, len(counters))
        thinned.add_metric(labels, publication.thinned_viewers)
        if counters:
            loss.add_metric(labels, fmean(one.fraction_lost for one in counters))
            worst.add_metric(labels, max(one.fraction_lost for one in counters))
        told = [one.round_trip_s for one in counters if one.round_trip_s is not None]
        if told:
            round_trip.add_metric(labels, fmean(told))
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
    return GaugeMetricFamily(_NAME + name, sentence, labels=_STREAM)
