"""`GET /publications`: what this node carries now, for the API."""

from core.clock import Clock
from core.wire.live import PublicationReport, StreamerReport
from streamer.publication import Publication
from streamer.publications import Publications


def report_of(node: str, publications: Publications, clock: Clock) -> StreamerReport:
    """The report of a node."""
    now_s = clock.monotonic_s()
    return StreamerReport(
        node=node,
        publications=tuple(_one(publication, now_s) for publication in publications),
    )


def _one(publication: Publication, now_s: float) -> PublicationReport:
    last_s = publication.last_unit_s
    return PublicationReport(
        camera_id=publication.key.camera_id,
        stream=publication.key.stream,
        viewers=len(publication.viewers),
        since_utc=publication.since_utc,
        bitrate_bps=publication.bitrate_bps(),
        last_packet_age_s=None if last_s is None else max(0.0, now_s - last_s),
    )
