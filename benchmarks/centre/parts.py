"""The centre as it is deployed: PostgreSQL with its own settings, an archive, one API process."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from benchmarks.fanout.engines import ending, free_port, wait_listening
from tests.parts.minio import running_minio
from tests.parts.postgres import PostgresServer, find_postgres
from tests.waiting import wait_until

_BUCKET = "footage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """One process that answers, and what it stands on."""

    url: str
    pid: int
    database_url: str
    database_pid: int


@contextmanager
def running_centre(folder: Path, objects: str) -> Iterator[Centre]:
    """`pollcam api serve` on an index of its own, for the time of the block.

    Args:
        folder: For everything it keeps.
        objects: Where footage goes: `disk` or `s3`, which is a MinIO of its own.
    """
    with running_postgres() as database, _archive(folder, objects) as archive:
        url = database.url("postgres")
        with _api(folder, {"DATABASE_URL": url, **archive}) as (address, pid):
            yield Centre(url=address, pid=pid, database_url=url, database_pid=database.process.pid)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A cluster of its own that makes its commits durable, as the tests' does not.

    Raises:
        FileNotFoundError: There is no PostgreSQL on this machine.
    """
    binaries = find_postgres()
    if binaries is None:
        raise FileNotFoundError("no PostgreSQL here; to get it: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="bench-centre-pg-"))
    owner = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None  # it refuses to be root
    if owner is not None:
        os.chown(folder, owner, -1)
    try:
        data = folder / "data"
        initdb = [str(binaries / "initdb"), "-D", str(data)]
        initdb += ["-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(initdb, check=True, capture_output=True, user=owner, cwd=folder)
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder)]
        command += ["-c", "listen_addresses="]
        quiet = subprocess.DEVNULL
        running = subprocess.Popen(command, stdout=quiet, stderr=quiet, user=owner, cwd=folder)
        with ending(running) as process:
            server = PostgresServer(socket_folder=str(folder), process=process)
            wait_until(lambda: _answers(server), within_s=60, what="PostgreSQL answers")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(server: PostgresServer) -> bool:
    try:
        server.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _archive(folder: Path, objects: str) -> Iterator[Mapping[str, str]]:
    if objects == "disk":
        yield {"OBJECTS": "disk"}
        return
    with running_minio(folder / "minio", free_port()) as server:
        yield {
            "OBJECTS": "s3",
            "S3_ENDPOINT": server.endpoint,
            "S3_BUCKET": _BUCKET,
            "S3_ACCESS_KEY": server.access_key,
            "S3_SECRET_KEY": server.secret_key,
        }


@contextmanager
def _api(folder: Path, chosen: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    data, port = folder / "api", free_port()
    data.mkdir()
    settings = {"DATA_DIR": str(data), "LISTEN_PORT": str(port), **chosen}
    # Live is another process's matter; its address must be nobody's.
    settings["STREAMER_URL"] = f"http://127.0.0.1:{free_port()}"
    environment = {f"POLLCAM_API_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "cli", "api", "serve"]
    with (
        (folder / "api.log").open("wb") as log,
        ending(
            subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        ) as p,
    ):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _is_ready(url), within_s=60, what="the API is ready")
        yield url, p.pid


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def running_bare(keys: Path) -> Iterator[tuple[str, int]]:
    """The peer: `benchmarks.centre.bare`; its address and process."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.centre.bare", "--port", str(port), str(keys)]
    with ending(subprocess.Popen(command)) as process:
        wait_listening(port)
        yield f"http://127.0.0.1:{port}", process.pid
