"""The control API and the object store go away, and come back.

A minute of it is shown here; `POLLCAM_TEST_OUTAGE_S=1800 pytest tests/fault/test_centre_away.py`
shows half an hour.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core.footage import Segment
from evidence.entry import read_entry
from evidence.statements import statement_of
from tests.fault.conftest import Centre, running_centre
from tests.fault.scenario import wait_stored
from tests.parts.agent import AgentBox, enrolled_agent
from tests.parts.minio import MinioServer, find_minio, running_minio
from tests.parts.nginx import free_port
from tests.parts.rtsp import RtspCameras
from tests.waiting import wait_until

CAMERA = "test:320x240@10,kbps=200,gop=10"
OUTAGE_S = float(os.environ.get("POLLCAM_TEST_OUTAGE_S", "60"))


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a centre is, whether it is there or not."""

    folder: Path
    port: int
    settings: dict[str, object]
    store_port: int | None = None


@contextmanager
def present(place: Place) -> Iterator[Centre]:
    """The centre is there for the time of the block, and its store with it."""
    with ExitStack() as stack:
        settings = dict(place.settings)
        if place.store_port is not None:
            store = stack.enter_context(running_minio(place.folder / "store", place.store_port))
            settings |= {"s3_endpoint": store.endpoint, **keys_of(store)}
        yield stack.enter_context(running_centre(place.folder, port=place.port, **settings))


def keys_of(store: MinioServer) -> dict[str, object]:
    return {"s3_access_key": store.access_key, "s3_secret_key": store.secret_key}


@pytest.fixture(params=["disk+sqlite", "s3+postgresql"])
def place(request, tmp_path) -> Place:
    if request.param == "disk+sqlite":
        return Place(folder=tmp_path, port=free_port(), settings={})
    if find_minio() is None:
        pytest.skip("no MinIO here; to get it: make parts")
    (tmp_path / "store").mkdir()
    database_url = request.getfixturevalue("new_postgres_url")()
    settings = {"objects": "s3", "s3_bucket": f"away-{uuid4()}", "database_url": database_url}
    return Place(folder=tmp_path, port=free_port(), settings=settings, store_port=free_port())


def segments_on_device(box: AgentBox, camera: UUID) -> list[Segment]:
    """What the device has stated of a camera, whether the centre knows it or not."""
    lines = journal_of(box, camera).read_text("ascii").splitlines(keepends=True)
    whole = [line[:-1] for line in lines if line.endswith("\n")]
    return [stated for stated in map(statement, whole) if isinstance(stated, Segment)]


def newest_end_utc(box: AgentBox, camera: UUID) -> datetime | None:
    """Where the newest segment ends, if that is the last thing that was stated."""
    with journal_of(box, camera).open("rb") as journal:
        journal.seek(-min(8192, journal.seek(0, os.SEEK_END)), os.SEEK_END)
        last = journal.read().decode("ascii").split("\n")[-2]
    stated = statement(last)
    return stated.range.end_utc if isinstance(stated, Segment) else None


def journal_of(box: AgentBox, camera: UUID) -> Path:
    [path] = (box.spool / str(camera) / "journal").glob("*.jsonl")
    return path


def statement(line: str) -> object:
    return statement_of(read_entry(line))


def wait_recorded(box: AgentBox, since_utc: datetime, seconds: float) -> None:
    """Until the device has recorded so much of each camera since an instant."""

    def is_enough() -> bool:
        until_utc = since_utc + timedelta(seconds=seconds)
        newest = [newest_end_utc(box, camera) for camera in box.camera_ids]
        return all(end_utc is not None and end_utc > until_utc for end_utc in newest)

    wait_until(is_enough, within_s=seconds + 60, what="recording goes on without a centre")


@pytest.mark.timeout(3 * OUTAGE_S + 240)
def test_recording_goes_on_without_a_centre_and_nothing_is_missing_in_the_end(
    place, short_segments, tmp_path
):
    with ExitStack() as stack:
        server = stack.enter_context(RtspCameras({"one": CAMERA, "two": CAMERA}))
        with present(place) as centre:
            cameras = [server.url("one"), server.url("two")]
            box = enrolled_agent(centre.admin, tmp_path / "station", "1042", cameras)
            stack.enter_context(box.start())
            wait_stored(centre, box)
        away_utc = datetime.now(UTC)  # noqa: TID251 a test waits for real
        wait_recorded(box, away_utc, OUTAGE_S)
        with present(place) as centre:
            back_utc = datetime.now(UTC)  # noqa: TID251 a test waits for real
            wait_until(
                lambda: is_handed_over(centre, box, back_utc),
                within_s=OUTAGE_S + 90,
                what="the backlog drains",
            )
            for camera in box.camera_ids:
                assert_unbroken(centre, box, camera)
            assert centre.fsck() == []


def is_handed_over(centre: Centre, box: AgentBox, until_utc: datetime) -> bool:
    """Whether the archive has all that was recorded before an instant."""
    stored = {
        row.segment_id
        for camera in box.camera_ids
        for row in centre.segments(camera)
        if row.state == "stored"
    }
    recorded = [
        segment
        for camera in box.camera_ids
        for segment in segments_on_device(box, camera)
        if segment.start_utc < until_utc
    ]
    return all(segment.segment_id in stored for segment in recorded)


def assert_unbroken(centre: Centre, box: AgentBox, camera: UUID) -> None:
    rows = [row for row in centre.segments(camera) if row.state == "stored"]
    coverage = centre.coverage(camera, rows[0].start_utc, rows[-1].end_utc)
    assert coverage.ratio(rows[-1].end_utc) == 1.0, coverage.spans
    assert len({row.run_id for row in rows}) == 1, "the camera's session was ended"
