"""`pollcam agent enroll` against a real control API."""

import io
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from api.auth.rights import Role
from cli.__main__ import main
from core.station import LiveMode, StationMode
from recorder.setup.config import AgentConfig, load_config, load_device_key
from recorder.setup.device_key import public_text
from storage.index.registry_tables import AccountRow, DeviceRow, IncidentRow
from storage.registry.enrolment import IssuedToken, issue_token
from storage.registry.stations import StationFacts, add_camera, create_station
from tests.parts.control_api import ControlApi, running_api

CAMERAS = ("rtsp://admin:p%40ss\"w'@10.0.0.2/stream", "test:second")
Enroll = Callable[..., int]


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[ControlApi]:
    folder = tmp_path_factory.mktemp("centre")
    with running_api(folder, streamer_report_url="http://127.0.0.1:9") as api:
        yield api


def new_token(api: ControlApi) -> IssuedToken:
    """For a new station with two cameras, the ballot box and the hall."""
    user = api.add_account(Role.ADMIN)
    facts = StationFacts(
        number=uuid4().hex[:8],
        name="Школа 5",
        region="osh",
        mode=StationMode.ONLINE,
        live=LiveMode.ON_DEMAND,
    )
    now_utc = api.services.now_utc
    with api.services.transaction() as session:
        station = create_station(session, facts, now_utc)
        for name in ("ballot box", "hall"):
            add_camera(session, station.station_id, name)
        account = session.scalars(select(AccountRow).where(AccountRow.user == user)).one()
        lifetime = api.services.settings.enrolment_lifetime
        return issue_token(
            session, station.station_id, account.account_id, now_utc, now_utc + lifetime
        )


@pytest.fixture
def issued(api) -> IssuedToken:
    return new_token(api)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "agent" / "agent.toml"


@pytest.fixture
def enroll(api, issued, path) -> Enroll:
    def call(*options: str, cameras=CAMERAS, config=path, token=issued.token, port=api.port) -> int:
        addresses = [text for address in cameras for text in ("--camera", address)]
        server = f"http://127.0.0.1:{port}/"
        given = ["--server", server, "--token", token, "--config", str(config)]
        return main(["agent", "enroll", *given, *addresses, *options])

    return call


def registered_key(api: ControlApi, device_id: UUID) -> str:
    with api.services.transaction() as session:
        return session.get_one(DeviceRow, device_id).public_key


def incidents_of(api: ControlApi, config: AgentConfig) -> list[str]:
    with api.services.transaction() as session:
        mine = IncidentRow.station_id == config.station_id
        return list(session.scalars(select(IncidentRow.kind).where(mine)))


def test_a_device_is_registered_and_its_settings_written(api, enroll, path, issued, capsys):
    assert enroll() == 0
    config = load_config(path)
    assert public_text(load_device_key(config.key_path)) == registered_key(api, config.device_id)
    assert (config.station_name, config.mode, config.live) == ("Школа 5", "online", "on_demand")
    assert [(c.position, c.name) for c in config.cameras] == [(1, "ballot box"), (2, "hall")]
    assert [c.address.get_secret_value() for c in config.cameras] == list(CAMERAS)
    assert PasswordHasher().verify(config.pin_hash.get_secret_value(), issued.station_pin)
    told = capsys.readouterr().out
    assert f"station PIN: {issued.station_pin}" in told
    assert "station page: http://" in told
    assert "p%40ss" not in told


def test_key_and_settings_are_for_their_owner_alone(enroll, path):
    enroll()
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    assert modes == {"agent.toml": 0o600, "device.key": 0o600}


def test_what_was_said_of_streams_stands_in_the_settings(enroll, path, tmp_path):
    spool = tmp_path / "disk"
    options = ["--substream", "1=rtsp://10.0.0.2/sub", "--audio", "2", "--transport", "udp"]
    options.append("--publish-both")
    assert enroll(*options, "--listen", "127.0.0.1:9000", "--spool", str(spool)) == 0
    config = load_config(path)
    first, second = config.cameras
    assert first.substream.get_secret_value() == "rtsp://10.0.0.2/sub"
    assert (first.publish_both, second.publish_both) == (True, False)
    assert (second.substream, first.audio, second.audio) == (None, False, True)
    assert {first.transport, second.transport} == {"udp"}
    assert (config.listen, config.spool_path) == ("127.0.0.1:9000", spool)


LISTED = """\
# ballot box
rtsp://admin:secret@10.0.0.2/main substream=rtsp://admin:secret@10.0.0.2/sub
test:second
"""


def test_cameras_may_be_listed_in_a_file_so_that_no_process_shows_them(
    enroll, path, tmp_path, capsys
):
    listed = tmp_path / "cameras.txt"
    listed.touch(mode=0o600)
    listed.write_text(LISTED)
    assert enroll("--cameras-from", str(listed), "--audio", "2", cameras=()) == 0
    first, second = load_config(path).cameras
    assert first.address.get_secret_value() == "rtsp://admin:secret@10.0.0.2/main"
    assert first.substream.get_secret_value() == "rtsp://admin:secret@10.0.0.2/sub"
    assert (second.address.get_secret_value(), second.audio) == ("test:second", True)
    said = capsys.readouterr()
    assert "secret" not in said.out + said.err
    assert str(listed) not in said.err


def test_cameras_may_be_typed(enroll, path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LISTED.encode())))
    assert enroll("--cameras-from", "-", cameras=()) == 0
    assert load_config(path).cameras[1].address.get_secret_value() == "test:second"


def test_a_list_that_others_can_read_is_taken_with_a_warning(enroll, tmp_path, capsys):
    listed = tmp_path / "cameras.txt"
    listed.write_text(LISTED)
    listed.chmod(0o644)
    assert enroll("--cameras-from", str(listed), cameras=()) == 0
    assert f"{listed} can be read by others; chmod it to 600" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (None, (), "No such file"),
        (b"\xff\xfe\x00", (), "this is no text"),
        (b"# nothing\n", (), "is empty"),
        (b"test:a\n" * 10_000, (), "more than a list of cameras"),
        (b"http://u:secret@10.0.0.2/\n", (), "is no camera address"),
        (b"test:a\ntest:b\n", ("--audio", "3"), "there is no camera 3: 2 were given"),
        (b"test:a\ntest:b\n", ("--substream", "1=test:c"), "it stands in the line"),
    ],
)
def test_a_list_of_nonsense_is_refused_before_the_token_is_spent(
    enroll, path, tmp_path, capsys, content, options, sentence
):
    listed = tmp_path / "cameras.txt"
    if content is not None:
        listed.write_bytes(content)
    assert enroll("--cameras-from", str(listed), *options, cameras=()) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "secret" not in said
    assert not path.parent.exists()


def test_a_token_used_twice_is_refused_and_an_incident(api, enroll, path, tmp_path, capsys):
    assert enroll() == 0
    capsys.readouterr()
    other = tmp_path / "other" / "agent.toml"
    assert enroll(config=other) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == (
        "pollcam: this enrolment token was used already; ask the commission for another"
    )
    assert not other.exists()
    assert incidents_of(api, load_config(path)) == ["enrolment_token_reused"]


def test_a_call_that_was_cut_off_before_the_settings_may_be_repeated(api, enroll, path):
    assert enroll() == 0
    first = load_config(path)
    path.unlink()
    assert enroll() == 0
    again = load_config(path)
    assert (again.device_id, again.key_path.read_bytes()) == (
        first.device_id,
        first.key_path.read_bytes(),
    )
    assert incidents_of(api, again) == []


def test_a_call_that_nobody_answered_keeps_the_key_for_the_next(enroll, path, capsys):
    assert enroll(port=9) == 2
    assert "does not answer" in capsys.readouterr().err
    key = (path.parent / "device.key").read_bytes()
    assert enroll() == 0
    assert (path.parent / "device.key").read_bytes() == key


@pytest.mark.parametrize("cameras", [CAMERAS[:1], (*CAMERAS, "test:third")])
def test_too_few_or_many_addresses_leave_the_token_good(enroll, path, capsys, cameras):
    assert enroll(cameras=cameras) == 2
    said = capsys.readouterr().err
    assert "the centre knows 2 cameras at this station (1 ballot box, 2 hall)" in said
    assert f"and {len(cameras)} addresses were given" in said
    assert not path.exists()
    assert enroll() == 0


def test_an_enrolled_machine_is_not_enrolled_again(enroll, path, capsys):
    enroll()
    before = path.read_bytes()
    assert enroll() == 2
    assert "is enrolled already" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_key_known_from_before_is_told_with_what_to_do(api, enroll, path, capsys):
    enroll()
    path.unlink()
    fresh = new_token(api)
    assert enroll(token=fresh.token) == 2
    assert f"remove {path.parent / 'device.key'} and call again" in capsys.readouterr().err


def test_an_unknown_token_is_one_sentence(enroll, path, capsys):
    assert enroll(token="0" * 32) == 2
    assert "pollcam: this enrolment token is not known" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--substream", "3=rtsp://10.0.0.2/sub"], "there is no camera 3: 2 were given"),
        (["--publish-both"], "no camera was given a smaller stream"),
        (["--audio", "0"], "there is no camera 0"),
        (["--substream", "rtsp://u:secret@10.0.0.2/"], "write N=ADDRESS"),
        (["--listen", "8088"], "must be HOST:PORT"),
        (["--camera", "http://u:secret@10.0.0.2/"], "is no camera address"),
    ],
)
def test_nonsense_is_refused_before_the_token_is_spent(enroll, path, capsys, options, sentence):
    assert enroll(*options) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "secret" not in said
    assert not path.parent.exists()
