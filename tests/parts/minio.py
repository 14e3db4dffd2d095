"""A real MinIO server for tests, on a port of its own, with a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from minio import Minio
from minio.error import MinioException

from tests.parts.free_port import free_port
from tests.waiting import PATIENCE_S, wait_until

_PLACE = Path(__file__).parents[2] / ".cache" / "parts" / "minio"
_HOW = "make parts, or set POLLCAM_TEST_MINIO to a minio binary"


class MinioEndedError(Exception):
    """The server gave up before it answered."""


@dataclass(frozen=True, kw_only=True)
class MinioServer:
    endpoint: str
    access_key: str
    secret_key: str
    process: subprocess.Popen[bytes]


def find_minio() -> str | None:
    named = os.environ.get("POLLCAM_TEST_MINIO", "")
    return named or (str(_PLACE) if _PLACE.exists() else shutil.which("minio"))


@pytest.fixture(scope="session")
def minio_server() -> Iterator[MinioServer]:
    binary = find_minio()
    if binary is None:
        pytest.skip(f"no MinIO here; to get it: {_HOW}")
    folder = tempfile.mkdtemp(prefix="minio-")
    server = _started(binary, folder)
    try:
        yield server
    finally:
        _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_minio(folder: Path, port: int) -> Iterator[MinioServer]:
    """One of a test's own, on its port, for the time of the block; its files stay."""
    binary = find_minio()
    assert binary is not None, _HOW
    server = start_minio(binary, str(folder), port)
    try:
        wait_until(lambda: _is_ready(server), within_s=PATIENCE_S, what="MinIO answers")
        yield server
    finally:
        _stop(server)


def _started(binary: str, folder: str) -> MinioServer:
    for _ in range(3):  # between choosing a port and taking it, somebody else may
        server = start_minio(binary, folder, free_port())
        try:
            wait_until(lambda s=server: _is_ready(s), within_s=PATIENCE_S, what="MinIO answers")
        except MinioEndedError:
            continue
        except BaseException:
            _stop(server)
            raise
        return server
    raise MinioEndedError("three times")


def _stop(server: MinioServer) -> None:
    server.process.terminate()
    server.process.wait(timeout=PATIENCE_S)


def start_minio(binary: str, folder: str, port: int) -> MinioServer:
    access_key, secret_key = "tester", "a-password-of-tests"
    process = subprocess.Popen(
        [binary, "server", folder, "--address", f"127.0.0.1:{port}", "--quiet"],
        env={
            **os.environ,
            "MINIO_ROOT_USER": access_key,
            "MINIO_ROOT_PASSWORD": secret_key,
            "MINIO_BROWSER": "off",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return MinioServer(
        endpoint=f"http://127.0.0.1:{port}",
        access_key=access_key,
        secret_key=secret_key,
        process=process,
    )


def _is_ready(server: MinioServer) -> bool:
    if server.process.poll() is not None:
        raise MinioEndedError(f"with {server.process.returncode}")
    # Its health page says "ready" before it takes requests; a request is the better question.
    client = Minio(
        urlsplit(server.endpoint).netloc,
        access_key=server.access_key,
        secret_key=server.secret_key,
        secure=False,
        http_client=urllib3.PoolManager(retries=False, timeout=10),
    )
    try:
        client.list_buckets()
    except (MinioException, urllib3.exceptions.HTTPError):
        return False
    return True
