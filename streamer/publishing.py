"""The part of a publisher's session: its packets become the publication's pictures."""

import asyncio

import structlog

from core.clock import Clock
from core.live_stream import StreamKey
from streamer.errors import MalformedPacketError
from streamer.link import Link
from streamer.metrics import Metrics
from streamer.publication import Publication
from streamer.publications import Publications
from streamer.rtp.ingest import IngestPlan, IngestStream
from streamer.rtp.rtcp import (
    SenderReport,
    read_rtcp,
    write_keyframe_request,
    write_nack,
    write_receiver_report,
)
from streamer.thinning import Share

REPORT_EVERY_S = 1.0
_OUR_SSRC = 1

_log = structlog.get_logger(__name__)


class Publishing:
    """Receives one publisher's stream.

    Args:
        key: What it publishes.
        plan: The payload types that were agreed on.
        publications: Where its pictures go.
        metrics: Where its losses are counted.
        clock: Arrival times.
    """

    def __init__(
        self,
        key: StreamKey,
        plan: IngestPlan,
        publications: Publications,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._key = key
        self._publications = publications
        self._metrics = metrics
        self._clock = clock
        self._stream = IngestStream(plan)
        self._publication: Publication | None = None
        self._link: Link | None = None

    async def play(self, link: Link) -> None:
        """Take pictures until the publisher leaves."""
        self._link = link
        self._publication = publication = self._publications.begin(self._key)
        publication.ask_keyframe = self._ask_keyframe
        self._metrics.follow_ingest(self._key, self._stream)
        try:
            async with asyncio.TaskGroup() as tasks:
                reporting = tasks.create_task(self._report())
                await link.wait_ended()
                reporting.cancel()
        finally:
            self._metrics.count_ingest(self._key, self._stream)
            if publication.ask_keyframe == self._ask_keyframe:
                self._publications.abandon(publication)
            self._publication = self._link = None

    @property
    def share(self) -> Share | None:
        """See `Part`."""
        return None

    def on_rtp(self, packets: list[bytes]) -> None:
        """Take packets, pass on the pictures they complete, and ask for what is missing."""
        if self._publication is None or self._link is None:
            return
        now_s = self._clock.monotonic_s()
        for unit in self._stream.feed(packets, now_s):
            self._publication.accept(unit)
        missing = self._stream.to_ask(now_s)
        ssrc = self._stream.media_ssrc
        if missing and ssrc is not None:
            self._link.send_rtcp(write_nack(_OUR_SSRC, ssrc, missing))
        if self._stream.wants_keyframe(now_s):
            self._send_keyframe_request()

    def on_rtcp(self, data: bytes) -> None:
        """Remember the publisher's clock."""
        try:
            for feedback in read_rtcp(data):
                if isinstance(feedback, SenderReport):
                    self._stream.note_sender_report(feedback, self._clock.monotonic_s())
        except MalformedPacketError:
            self._stream.malformed_total += 1

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            reception = self._stream.reception(self._clock.monotonic_s())
            if reception is not None and self._link is not None:
                self._link.send_rtcp(write_receiver_report(_OUR_SSRC, reception))

    def _ask_keyframe(self) -> None:
        if self._stream.wants_keyframe(self._clock.monotonic_s(), is_viewer_asking=True):
            self._send_keyframe_request()

    def _send_keyframe_request(self) -> None:
        ssrc = self._stream.media_ssrc
        if ssrc is not None and self._link is not None:
            self._link.send_rtcp(write_keyframe_request(_OUR_SSRC, ssrc))
