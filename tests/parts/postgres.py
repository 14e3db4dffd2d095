"""A real PostgreSQL for tests: its own cluster in its own folder, reached by a Unix socket."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.waiting import PATIENCE_S, wait_until

_HOW = "apt-get install postgresql, or put initdb and postgres on the PATH"

_SETTINGS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60")


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    socket_folder: str
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            f"host={self.socket_folder} user=postgres dbname={database}", autocommit=True
        )

    def execute(self, statement: str) -> None:
        with self.connect() as link:
            link.execute(statement)

    def execute_alone(self, statement: str) -> None:
        """When nobody uses the database any more: a closed connection ends a while later."""

        def is_done() -> bool:
            try:
                self.execute(statement)
            except psycopg.errors.ObjectInUse:
                return False
            return True

        wait_until(is_done, within_s=PATIENCE_S, what="the database is in nobody's use")


def find_postgres() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return packaged[-1].parent if packaged else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        pytest.skip(f"no PostgreSQL here; to get it: {_HOW}")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = _start(binaries, folder)
    try:
        wait_until(lambda: _is_ready(server), within_s=PATIENCE_S, what="PostgreSQL answers")
        yield server
    finally:
        # Not SIGTERM: it waits for whoever is still connected.
        server.process.send_signal(signal.SIGINT)
        server.process.wait(timeout=PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_postgres_url(postgres_server: PostgresServer) -> Iterator[Callable[..., str]]:
    """Gives the address of a new database at each call: empty, or a copy of an original."""
    names: list[str] = []

    def make(original: str = "template1") -> str:
        names.append(f"test_{uuid4().hex}")
        postgres_server.execute_alone(f"CREATE DATABASE {names[-1]} TEMPLATE {original}")
        return postgres_server.url(names[-1])

    yield make
    for name in names:
        postgres_server.execute_alone(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _start(binaries: Path, folder: Path) -> PostgresServer:
    owner = _owner()
    if owner is not None:
        os.chown(folder, owner, -1)
    data = folder / "data"
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
        check=True,
        capture_output=True,
        user=owner,
        cwd=folder,
    )
    process = subprocess.Popen(
        [binaries / "postgres", "-D", data, "-k", folder, *_SETTINGS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=owner,
        cwd=folder,
    )
    return PostgresServer(socket_folder=str(folder), process=process)


def _owner() -> int | None:
    # PostgreSQL refuses to run as root.
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _is_ready(server: PostgresServer) -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"PostgreSQL ended with {server.process.returncode}")
    try:
        server.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
