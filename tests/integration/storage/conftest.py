"""Every test of the archive runs on disk + SQLite and on a real MinIO + a real PostgreSQL."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from core.clock import SystemClock
from core.wire.upload import ConfirmReply, Grant, GrantState
from storage.index.engine import make_engine, make_sessions
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow
from storage.ingest import Caller, Ingest
from storage.intake.grants import GRANT_PATH
from storage.objects.disk import DiskStore
from storage.objects.port import ObjectStore
from storage.objects.s3 import S3Address, S3Store
from tests.fakes.clock import FakeClock
from tests.fakes.journal import MORNING, Journal
from tests.parts.minio import MinioServer

KINDS = ["disk+sqlite", "s3+postgresql"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def new_index_url(kind, tmp_path, request) -> Callable[[], str]:
    """Gives the address of an empty index at each call."""
    if kind == "disk+sqlite":
        return lambda: f"sqlite:///{tmp_path}/{uuid4()}.db"
    return request.getfixturevalue("new_postgres_url")


@pytest.fixture
def new_engine(new_index_url) -> Iterator[Callable[[], Engine]]:
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(make_engine(new_index_url()))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def engine(kind, tmp_path, request) -> Iterator[Engine]:
    """An index with today's schema."""
    if kind == "disk+sqlite":
        request.getfixturevalue("new_sqlite_index")(tmp_path / "index.db")
        engine = make_engine(f"sqlite:///{tmp_path}/index.db")
    else:
        engine = make_engine(request.getfixturevalue("lent_postgres_url"))
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine) -> sessionmaker[Session]:
    return make_sessions(engine)


def s3_address(server: MinioServer, bucket: str) -> S3Address:
    return S3Address(
        endpoint=server.endpoint,
        bucket=bucket,
        access_key=server.access_key,
        secret_key=server.secret_key,
    )


@pytest.fixture
def store(kind, tmp_path: Path, request) -> Iterator[ObjectStore]:
    if kind == "disk+sqlite":
        root = tmp_path / "objects"
        root.mkdir()
        yield DiskStore(root, reserve_bytes=0)
        return
    server = request.getfixturevalue("minio_server")
    # S3 signatures carry the time: the server compares them with the real one.
    s3 = S3Store(s3_address(server, f"test-{uuid4()}"), SystemClock())
    s3.create_bucket()
    yield s3
    s3.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MORNING)


@dataclass(kw_only=True)
class Incidents:
    """Remembers what was reported."""

    kinds: list[str]

    def __call__(self, session: Session, *, kind: str, **facts: object) -> None:
        self.kinds.append(kind)


@dataclass(frozen=True, kw_only=True)
class Station:
    """A registered station with one device."""

    caller: Caller
    camera_ids: tuple[UUID, ...]
    key: Ed25519PrivateKey

    def journal(self, camera: int = 0) -> Journal:
        return Journal(
            device_id=self.caller.device_id, camera_id=self.camera_ids[camera], key=self.key
        )


@pytest.fixture
def new_station(sessions) -> Callable[[], Station]:
    return lambda: register_station(sessions)


@pytest.fixture
def station(new_station) -> Station:
    return new_station()


def register_station(sessions: sessionmaker[Session]) -> Station:
    key = Ed25519PrivateKey.generate()
    station_id, device_id, camera_ids = uuid4(), uuid4(), (uuid4(), uuid4())
    with sessions.begin() as session:
        session.add(
            StationRow(
                station_id=station_id,
                number=station_id.hex[:8],
                name="School 5",
                region="osh",
                mode="online",
                live="always",
                timezone="Asia/Bishkek",
                created_utc=MORNING,
            )
        )
        session.flush()
        for position, camera_id in enumerate(camera_ids, 1):
            session.add(CameraRow(camera_id=camera_id, station_id=station_id, position=position))
        session.add(
            DeviceRow(
                device_id=device_id,
                station_id=station_id,
                public_key=b64encode(key.public_key().public_bytes_raw()).decode(),
                enrolled_utc=MORNING,
            )
        )
    caller = Caller(device_id=device_id, station_id=station_id)
    return Station(caller=caller, camera_ids=camera_ids, key=key)


@pytest.fixture
def incidents() -> Incidents:
    return Incidents(kinds=[])


@pytest.fixture
def ingest(sessions, store, clock, incidents) -> Ingest:
    return make_ingest(sessions, store, clock, incidents)


def make_ingest(sessions, store, clock, incidents) -> Ingest:
    return Ingest(
        sessions=sessions,
        store=store,
        clock=clock,
        grant_key=b"k" * 32,
        report_incident=incidents,
    )


def put(ingest: Ingest, grant: Grant, content: bytes) -> int:
    """Do what a device does with a grant; the HTTP status, 200 on the disk route."""
    assert grant.state is GrantState.UPLOAD
    if grant.url.startswith(GRANT_PATH):
        ingest.receive(grant.url.removeprefix(GRANT_PATH), [content])
        return 200
    assert urlsplit(grant.url).scheme == "http"
    with urllib3.PoolManager(retries=False) as http:
        return http.request("PUT", grant.url, body=content, headers=grant.headers).status


def hand_over(ingest: Ingest, station: Station, journal: Journal) -> ConfirmReply:
    """Everything the journal announces, through all four calls."""
    ingest.accept_entries(station.caller, journal.lines)
    ids = list(journal.objects)
    reply = ingest.grant(station.caller, [journal.wanted(i) for i in ids])
    for grant in reply.grants:
        if grant.state is GrantState.UPLOAD:
            put(ingest, grant, journal.objects[grant.object_id][1])
    return ingest.confirm(station.caller, ids)


@pytest.fixture
def journal(station) -> Journal:
    return station.journal()


def seqs(reply) -> list[int]:
    return [head.seq for head in reply.heads]


def states(reply) -> list[str]:
    answers = getattr(reply, "grants", None) or reply.confirmations
    return [answer.state.value for answer in answers]
