"""A station that records in this process, without network or centre."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import Clock, SystemClock
from recorder.camera import Camera, CameraPlan
from recorder.recording import Recording
from recorder.sources.address import SourceAddress
from tests.parts.spool_reader import CameraReader
from tests.waiting import PATIENCE_S


class RecorderStation:
    """Cameras by name, recorded while the block lasts."""

    def __init__(
        self,
        spool: Path,
        cameras: dict[str, SourceAddress],
        *,
        segment_s: float = 2.0,
        clock: Clock | None = None,
        reserve_bytes: int = 0,
        known: "RecorderStation | None" = None,
    ) -> None:
        self.spool = spool
        self.key = known.key if known else Ed25519PrivateKey.generate()
        self.device_id = known.device_id if known else uuid4()
        self.ids: dict[str, UUID] = known.ids if known else {name: uuid4() for name in cameras}
        self.recording = Recording(
            spool=spool,
            device_id=self.device_id,
            key=self.key,
            plans=self._plans(cameras, segment_s),
            clock=clock or SystemClock(),
            reserve_bytes=reserve_bytes,
        )

    def __enter__(self) -> Self:
        self.recording.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.stop(), "the station does not end"

    def stop(self) -> bool:
        """Whether all is written and stated; a disk may be slow."""
        return self.recording.stop(PATIENCE_S)

    def camera(self, name: str) -> Camera:
        return self.recording.cameras[self.ids[name]]

    def trouble(self, name: str) -> str | None:
        return self.camera(name).report().trouble

    def is_recording(self, name: str) -> bool:
        """Whether new bytes lately reached the disk."""
        age_s = self.camera(name).report().last_recorded_age_s
        return age_s is not None and age_s < 5.0

    def read(self, name: str) -> CameraReader:
        return CameraReader(self.spool, self.ids[name], self.key.public_key())

    def _plans(self, cameras: dict[str, SourceAddress], segment_s: float) -> Sequence[CameraPlan]:
        return [
            CameraPlan(
                camera_id=self.ids[name],
                position=position,
                source=source,
                segment_target_s=segment_s,
            )
            for position, (name, source) in enumerate(cameras.items(), start=1)
        ]
