"""A station of the stage: enrolled, reporting and recording over HTTP as an agent does."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.device_token import sign_device_token
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport
from core.wire.upload import ConfirmReply, GrantsReply, GrantState
from tests.fakes.journal import Journal
from tests.stage.footage import still

_PROOF_PREFIX = b"pollcam-enrol-v1\n"
_BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How a station is, as its heartbeat tells it."""

    silent_cameras: tuple[int, ...] = ()
    """Positions of cameras that do not answer."""
    pictures: dict[int, Picture] = field(default_factory=dict)
    disk_hours: float = 31.5
    clock_offset_s: float = 0.04
    backlog_s: float = 18.0
    has_failed_disk: bool = False
    is_silent: bool = False
    """Nothing is heard of it at all."""


@dataclass(kw_only=True)
class StagedStation:
    """One station and the key of its recorder."""

    http: httpx.Client
    station_id: UUID
    number: str
    device_id: UUID
    camera_ids: tuple[UUID, ...]
    key: Ed25519PrivateKey
    mood: Mood = Mood()
    pictures_sent: dict[UUID, str] = field(default_factory=dict)

    def journal(self, position: int) -> Journal:
        """A new chain of one camera."""
        camera_id = self.camera_ids[position - 1]
        return Journal(device_id=self.device_id, camera_id=camera_id, key=self.key)

    def report(self) -> None:
        """Send one heartbeat, unless it is silent."""
        if self.mood.is_silent:
            return
        self._post("heartbeat", _report_of(self).model_dump_json())

    def send_stills(self) -> None:
        """Send a picture of every camera that has one."""
        for position, camera_id in enumerate(self.camera_ids, 1):
            if self.mood.is_silent or position in self.mood.silent_cameras:
                continue
            is_black = self.mood.pictures.get(position) in (Picture.COVERED, Picture.DARK)
            name = "covered" if is_black else ("hall", "classroom")[position % 2]
            self.http.put(
                f"/api/v1/agent/cameras/{camera_id}/still",
                params={"age_s": 0.4},
                content=still(name),
                headers={**self._bearer(), "Content-Type": "image/jpeg"},
            ).raise_for_status()

    def hand_over(self, journal: Journal, *, without_bytes: bool = False) -> None:
        """Send a journal, and its bytes unless they stay on the device."""
        for lines in _batches(journal.lines):
            self._post("entries", {"lines": lines})
        if without_bytes:
            return
        for ids in _batches(list(journal.objects)):
            self._store(journal, ids)

    def _store(self, journal: Journal, ids: Sequence[UUID]) -> None:
        objects = [journal.wanted(i).model_dump(mode="json") for i in ids]
        answer = GrantsReply.model_validate(self._post("grants", {"objects": objects}))
        for grant in answer.grants:
            if grant.state is GrantState.UPLOAD:
                content = journal.objects[grant.object_id][1]
                self.http.put(grant.url, content=content).raise_for_status()
        told = self._post("confirm", {"object_ids": [str(i) for i in ids]})
        states = {one.state.value for one in ConfirmReply.model_validate(told).confirmations}
        assert states == {"stored"}, states

    def _post(self, path: str, body: object) -> object:
        text = body if isinstance(body, str) else None
        answer = self.http.post(
            f"/api/v1/agent/{path}",
            headers={**self._bearer(), "Content-Type": "application/json"},
            **({"content": text} if text is not None else {"json": body}),
        )
        answer.raise_for_status()
        return answer.json()

    def _bearer(self) -> dict[str, str]:
        token = sign_device_token(self.key, self.device_id, SystemClock().utc())
        return {"Authorization": f"Bearer {token}"}


def enrol(http: httpx.Client, token: str, station_id: UUID) -> StagedStation:
    """Spend an enrolment token as a new recorder does."""
    key = Ed25519PrivateKey.generate()
    body = {
        "token": token,
        "public_key": b64encode(key.public_key().public_bytes_raw()).decode(),
        "proof": b64encode(key.sign(_PROOF_PREFIX + token.encode())).decode(),
        "agent_version": "0.1.0",
    }
    told = http.post("/api/v1/agent/enrol", json=body).raise_for_status().json()
    return StagedStation(
        http=http,
        station_id=station_id,
        number=told["station_number"],
        device_id=UUID(told["device_id"]),
        camera_ids=tuple(UUID(camera["camera_id"]) for camera in told["cameras"]),
        key=key,
    )


def with_mood(station: StagedStation, **changes: object) -> None:
    """Change how a station is from its next heartbeat on."""
    station.mood = replace(station.mood, **changes)


def _report_of(station: StagedStation) -> StationReport:
    mood, now_utc = station.mood, SystemClock().utc()
    return StationReport(
        device_id=station.device_id,
        sent_utc=now_utc,
        agent_version="0.1.0",
        uptime_s=26_000.0,
        cameras=tuple(_camera_of(station, p) for p in range(1, len(station.camera_ids) + 1)),
        disk=DiskReport(
            free_bytes=0 if mood.has_failed_disk else 118_000_000_000,
            seconds_left=None if mood.has_failed_disk else mood.disk_hours * 3600,
            is_failed=mood.has_failed_disk,
        ),
        backlog_seconds=mood.backlog_s,
        backlog_bytes=int(mood.backlog_s * 190_000),
        clock_offset_s=mood.clock_offset_s,
        is_clock_synced=True,
    )


def _camera_of(station: StagedStation, position: int) -> CameraReport:
    mood = station.mood
    is_cut = position in mood.silent_cameras or mood.has_failed_disk
    trouble = "disk_failed" if mood.has_failed_disk else "camera_unreachable"
    return CameraReport(
        camera_id=station.camera_ids[position - 1],
        position=position,
        last_recorded_age_s=95.0 if is_cut else 0.8,
        recording_since_utc=None if is_cut else SystemClock().utc() - timedelta(hours=3),
        trouble=trouble if is_cut else None,
        fps=0.0 if is_cut else 25.0,
        bitrate_bps=0 if is_cut else 1_480_000,
        keyframe_interval_s=2.0,
        picture=mood.pictures.get(position, Picture.OK),
        picture_age_s=2.0,
    )


def _batches(items: Sequence[object]) -> list[list[object]]:
    return [list(items[i : i + _BATCH]) for i in range(0, len(items), _BATCH)]
