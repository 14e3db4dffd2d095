"""The live streams of a camera, as the centre, the station and the streamer name them."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class LiveStream(StrEnum):
    """Which of a camera's streams is meant."""

    MAIN = "main"
    """What people watch: the recorded stream, or the smaller one where the link is narrow."""
    SMALLER = "smaller"
    """A second one beside it, for viewers whose link does not carry the first."""


@dataclass(frozen=True, slots=True)
class StreamKey:
    """One stream of one camera, as publications, sessions and metrics name it."""

    camera_id: UUID
    stream: LiveStream = LiveStream.MAIN

    @property
    def labels(self) -> tuple[str, str]:
        """For metrics: the camera's id and the stream's name."""
        return str(self.camera_id), self.stream.value
