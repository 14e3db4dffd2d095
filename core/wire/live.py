"""What a browser needs to watch, and what a streamer says of itself."""

from datetime import datetime
from uuid import UUID

from core.live_stream import LiveStream
from core.wire.message import Message


class LiveTicket(Message):
    """Answer of `/cameras/{id}/live`."""

    whep_url: str
    token: str
    expires_utc: datetime
    hls_url: str = ""
    """A playlist for where WebRTC does not come through, some 20 to 40 s behind; empty: none."""


class PublicationReport(Message):
    """One stream a streamer has now."""

    camera_id: UUID
    stream: LiveStream = LiveStream.MAIN
    viewers: int
    since_utc: datetime
    bitrate_bps: int
    last_packet_age_s: float | None


class StreamerReport(Message):
    """Answer of a streamer's `/publications`."""

    node: str
    publications: tuple[PublicationReport, ...]
