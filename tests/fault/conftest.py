"""A centre with short segments, on either kind of store, and what it knows at the end."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import imageio_ffmpeg
import pytest
from sqlalchemy import select

from api import wishes
from api.auth.rights import Role
from core.station import StationMode
from core.timerange import TimeRange
from storage.coverage import Coverage, load_coverage
from storage.fsck import Fsck
from storage.index.footage_tables import SegmentRow
from tests.parts.control_api import PASSWORD, ControlApi, running_api

SEGMENT_S = 2.0
NO_STREAMER = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True)
class Centre:
    """The control API of a fault test, and an administrator's client."""

    api: ControlApi
    admin: httpx.Client

    def segments(self, camera_id: UUID) -> list[SegmentRow]:
        wanted = select(SegmentRow).where(SegmentRow.camera_id == camera_id)
        with self.api.services.transaction() as session:
            rows = list(session.scalars(wanted.order_by(SegmentRow.start_utc)))
            session.expunge_all()
        return rows

    def coverage(self, camera_id: UUID, start_utc: datetime, end_utc: datetime) -> Coverage:
        with self.api.services.transaction() as session:
            return load_coverage(session, camera_id, TimeRange(start_utc, end_utc))

    def fsck(self) -> list[str]:
        services = self.api.services
        check = Fsck(services.sessions, services.store, lambda _: None, is_deep=True)
        return [f"{finding.kind}: {finding.subject}" for finding in check.findings()]


@contextmanager
def running_centre(data_dir: Path, **settings: object) -> Iterator[Centre]:
    """Serve for the time of the block."""
    with running_api(data_dir, streamer_report_url=NO_STREAMER, **settings) as api:
        user = api.add_account(Role.ADMIN)
        with httpx.Client(base_url=f"http://127.0.0.1:{api.port}", timeout=30) as admin:
            told = admin.post("/api/v1/session", json={"user": user, "password": PASSWORD})
            admin.headers["X-CSRF-Token"] = told.raise_for_status().json()["csrf_token"]
            yield Centre(api=api, admin=admin)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the cameras of these tests send, over and over: a keyframe each second."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10", "-t", "60"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *coded, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="module")
def short_segments() -> Iterator[None]:
    """Stations cut after `SEGMENT_S`, so that a test sees many segments begin and end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wishes, "SEGMENT_TARGET_S", dict.fromkeys(StationMode, SEGMENT_S))
        yield


def s3_settings(request: pytest.FixtureRequest) -> dict[str, object]:
    """The settings of a centre on MinIO and PostgreSQL."""
    minio, postgres = (request.getfixturevalue(f"{n}_server") for n in ("minio", "postgres"))
    database = f"fault_{uuid4().hex}"
    postgres.execute(f"CREATE DATABASE {database}")
    return {
        "database_url": postgres.url(database),
        "objects": "s3",
        "s3_endpoint": minio.endpoint,
        "s3_bucket": f"fault-{uuid4()}",
        "s3_access_key": minio.access_key,
        "s3_secret_key": minio.secret_key,
    }
