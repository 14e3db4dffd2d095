"""`pollcam api serve` and `pollcam account create` as processes."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).parents[3]
PASSWORD = "a good long password"
RUN = """
import argparse, sys
from cli import account, api
parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
account.add_parser(commands)
api.add_parser(commands)
args = parser.parse_args()
sys.exit(args.run(args))
"""


def command(*arguments: str, **settings: str) -> dict[str, object]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("POLLCAM_API_")}
    environ |= {f"POLLCAM_API_{name.upper()}": value for name, value in settings.items()}
    environ["POLLCAM_API_STREAMER_REPORT_URL"] = "http://127.0.0.1:9"
    return {"args": [sys.executable, "-c", RUN, *arguments], "env": environ, "cwd": ROOT}


def run(*arguments: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        **command(*arguments, **settings),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@contextmanager
def served(data_dir: Path, log: Path):
    settings = {"data_dir": str(data_dir), "listen_port": "0"}
    with log.open("wb") as errors:
        process = subprocess.Popen(**command("api", "serve", **settings), stderr=errors)
    port_file = data_dir / "api.port"
    try:
        wait_until(lambda: is_whole(port_file), within_s=PATIENCE_S, what="the port is written")
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        wait_until(lambda: is_healthy(url), within_s=PATIENCE_S, what="the API answers")
        yield process, url
    finally:
        process.kill()
        process.wait(timeout=PATIENCE_S)


def is_whole(port_file: Path) -> bool:
    return port_file.exists() and port_file.read_text().endswith("\n")


def client_of(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=PATIENCE_S)


def is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def account(tmp_path):
    made = run(
        "account", "create", "chief", "--role", "admin", "--password-stdin",
        typed=f"{PASSWORD}\n", data_dir=str(tmp_path),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert PASSWORD not in made.stdout + made.stderr


def test_it_serves_an_account_made_on_the_command_line_and_ends_at_once(tmp_path, account):
    log = tmp_path / "api.log"
    with served(tmp_path, log) as (process, url), client_of(url) as client:
        body = {"user": "chief", "password": PASSWORD}
        assert client.post("/api/v1/session", json=body).json()["role"] == "admin"
        with client.stream("GET", "/api/v1/events") as stream:
            next(stream.iter_lines())
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE_S) == 0
    assert PASSWORD not in log.read_text()


def test_a_process_that_was_killed_leaves_everything_as_it_was(tmp_path, account):
    body = {"user": "chief", "password": PASSWORD}
    with served(tmp_path, tmp_path / "first.log") as (process, url):
        cookies = httpx.post(f"{url}/api/v1/session", json=body, timeout=PATIENCE_S).cookies
        key = httpx.get(f"{url}/api/v1/live-key", timeout=PATIENCE_S).json()
        process.kill()
        process.wait(timeout=PATIENCE_S)
    (tmp_path / "api.port").unlink()
    with served(tmp_path, tmp_path / "second.log") as (_, url):
        session = httpx.get(f"{url}/api/v1/session", cookies=dict(cookies), timeout=PATIENCE_S)
        assert session.status_code == 200
        assert httpx.get(f"{url}/api/v1/live-key", timeout=PATIENCE_S).json() == key


def test_a_port_in_use_is_one_sentence_and_exit_code_2(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("api", "serve", data_dir=str(tmp_path), listen_port=port)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert port in ended.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_dir": "/does/not/exist"},
        {"listen_port": "many"},
        {"colour": "blue"},
        {"database_url": "mysql://somewhere"},
        {"database_url": "postgresql+psycopg://u:hunter2@127.0.0.1:9/none"},
    ],
)
def test_a_wrong_setting_is_said_and_nothing_starts(tmp_path, wrong):
    ended = run("api", "serve", **{"data_dir": str(tmp_path), "listen_port": "0", **wrong})
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("pollcam: ")


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (["chief", "--role", "admin"], "short\n"),
        (["chief", "--role", "admin", "--region", "atlantis"], f"{PASSWORD}\n"),
        (["chief", "--role", "emperor"], f"{PASSWORD}\n"),
        ([" ", "--role", "admin"], f"{PASSWORD}\n"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_exit_code_2(tmp_path, arguments, typed):
    ended = run(
        "account", "create", *arguments, "--password-stdin", typed=typed, data_dir=str(tmp_path)
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip()
