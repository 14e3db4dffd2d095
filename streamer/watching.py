"""The part of a viewer's session: from the last keyframe to the present, and on."""

import asyncio

from core.clock import Clock
from streamer.absence import Absence
from streamer.delivery import Delivery
from streamer.egress import SendDesk
from streamer.errors import MalformedPacketError
from streamer.link import Link
from streamer.metrics import Metrics
from streamer.ntp import middle_of, ntp_of
from streamer.publication import Publication
from streamer.publications import Publications
from streamer.rtp.retransmission import Retransmission
from streamer.rtp.rtcp import (
    Estimate,
    KeyframeRequest,
    Nack,
    ReceptionReport,
    read_rtcp,
    write_sender_report,
)
from streamer.sdp.answer import Stream
from streamer.shift import Shift
from streamer.template import Group
from streamer.thinning import Share
from streamer.viewer import Viewer

REPORT_EVERY_S = 5.0


class Watching:
    """Sends one viewer a camera.

    Args:
        publication: What it watches.
        publications: Where the same camera's smaller stream is.
        stream: As the answer has it.
        desk: The loop's send buffer.
        metrics: Where it is counted.
        clock: For reports.
    """

    def __init__(
        self,
        publication: Publication,
        publications: Publications,
        stream: Stream,
        desk: SendDesk,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._publication = publication
        self._publications = publications
        self._stream = stream
        self._desk = desk
        self._metrics = metrics
        self._clock = clock
        self._delivery: Delivery | None = None
        self._offered_s = clock.monotonic_s()
        self._has_reported = False
        self._absence = Absence()

    async def play(self, link: Link) -> None:
        """Send until the viewer leaves or the publication is over."""
        first_shift = Shift(sequence=self._publication.sequence_shift())
        group, retransmission = self._group(link), self._retransmission()
        viewer = Viewer(link, group, self._desk, first_shift, retransmission)
        self._delivery = delivery = self._new_delivery(viewer)
        link.on_path = lambda: delivery.publication.follow_path(viewer)
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(delivery.run())
                reporting = tasks.create_task(self._report(link, delivery))
                over = tasks.create_task(self._publication.ended.wait())
                left = tasks.create_task(link.wait_ended())
                await asyncio.wait((over, left), return_when=asyncio.FIRST_COMPLETED)
                for task in (sending, reporting, over, left):
                    task.cancel()
        finally:
            link.on_path = None
            self._metrics.count_viewer(self._publication.key, viewer)
            self._delivery = None

    def _new_delivery(self, viewer: Viewer) -> Delivery:
        camera_id = self._publication.key.camera_id
        first_media = self._metrics.first_media_seconds
        return Delivery(
            self._publication,
            lambda: self._publications.smaller_of(camera_id),
            viewer,
            self._clock,
            lambda: first_media.observe(self._waited_s()),
        )

    @property
    def share(self) -> Share | None:
        """See `Part`."""
        return None if self._delivery is None else self._delivery.share

    on_rtp = None
    """A viewer sends no media."""

    def on_rtcp(self, data: bytes) -> None:
        """Repeat what was lost, ask the publisher for a keyframe, remember reports."""
        delivery = self._delivery
        if delivery is None:
            return
        if self._absence.is_over(self._clock.monotonic_s()):
            self._give_keyframe(delivery)
        report: ReceptionReport | None = None
        try:
            for feedback in read_rtcp(data):
                if isinstance(feedback, ReceptionReport):
                    is_ours = feedback.ssrc == self._publication.ssrc
                    report = feedback if is_ours else report
                else:
                    self._heed(delivery, feedback)
        except MalformedPacketError:
            self._metrics.malformed_rtcp.inc()
        if report is not None:
            self._note(delivery, report)

    def _heed(self, delivery: Delivery, feedback: object) -> None:
        viewer = delivery.viewer
        match feedback:
            case Nack():
                delivery.publication.repeat(viewer, feedback.sequences)
            case KeyframeRequest():
                viewer.counters.keyframe_requests += 1
                self._give_keyframe(delivery)
            case Estimate():
                viewer.note_estimate(feedback.bits_per_s, self._clock.monotonic_s())

    def _note(self, delivery: Delivery, report: ReceptionReport) -> None:
        """One of a datagram: the last, for each has the totals."""
        self._note_first_report(report)
        delivery.viewer.note(
            report,
            middle_ntp=middle_of(ntp_of(self._clock.utc())),
            whole_bps=self._publication.bitrate_bps(),
            offered=delivery.offered,
            now_s=self._clock.monotonic_s(),
        )

    def _waited_s(self) -> float:
        return self._clock.monotonic_s() - self._offered_s

    def _note_first_report(self, report: ReceptionReport) -> None:
        if not self._has_reported and report.highest_sequence:
            self._has_reported = True
            self._metrics.first_report_seconds.observe(self._waited_s())

    def _give_keyframe(self, delivery: Delivery) -> None:
        """From the last GOP where it is kept; a publisher needs a round trip, or cannot."""
        publication = delivery.publication
        if publication.is_silent or not delivery.is_live:
            return
        if publication.ring.from_keyframe() is not None:
            delivery.viewer.lose_picture(self._clock.monotonic_s())
        elif publication.ask_keyframe is not None:
            publication.ask_keyframe()

    def _retransmission(self) -> Retransmission | None:
        stream = self._stream
        if stream.repeats_ssrc is None:
            return None
        number = None if stream.extension is None else stream.extension[0]
        return Retransmission(stream.codecs[1].payload_type, stream.repeats_ssrc, number)

    def _group(self, link: Link) -> Group:
        return Group(
            ssrc=self._publication.ssrc,
            payload_type=self._stream.codecs[0].payload_type,
            tag_bytes=link.tag_bytes,
        )

    async def _report(self, link: Link, delivery: Delivery) -> None:
        while True:
            viewer, now_s = delivery.viewer, self._clock.monotonic_s()
            sent, timestamp = viewer.sent, delivery.publication.timestamp_at(now_s)
            report = write_sender_report(
                self._publication.ssrc,
                ntp=ntp_of(self._clock.utc()),
                timestamp=timestamp + viewer.shift.timestamp,
                packets=sent.packets,
                payload_bytes=sent.payload_bytes,
            )
            link.send_rtcp(report)
            await asyncio.sleep(REPORT_EVERY_S)
