import re
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from recorder.setup.config import AgentConfig, load_config
from recorder.setup.config_file import config_text, write_config
from recorder.setup.device_key import load_device_key, make_device_key
from recorder.sources.address import SourceKind

CAMERA_1 = UUID(int=1)
SECRET = "hunter2"
CAMERA = f"""
[[cameras]]
camera_id = "{CAMERA_1}"
position = 1
address = "rtsp://admin:{SECRET}@192.0.2.11/stream1"
"""
HEAD = f"""
server = "https://pollcam.example/"
device_id = "{UUID(int=2)}"
station_id = "{UUID(int=3)}"
station_number = "1042"
mode = "online"
live = "on_demand"
pin_hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"
"""


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "agent.toml"


def loaded(path: Path, text: str) -> AgentConfig:
    path.write_text(text)
    return load_config(path)


def refusal(path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(path, text)
    return str(refused.value)


def test_a_short_file_is_enough(path):
    config = loaded(path, HEAD + CAMERA)
    assert config.server == "https://pollcam.example"
    assert (config.listen, config.disk.reserve, config.uplink.max_kbps) == (
        "0.0.0.0:8088",
        2**30,
        None,
    )


def test_paths_are_relative_to_the_file(path):
    config = loaded(path, 'spool = "/mnt/disk"\n' + HEAD + CAMERA)
    assert config.key_path == path.parent / "device.key"
    assert config.spool_path == Path("/mnt/disk")


def test_cameras_become_plans_by_position(path):
    second = CAMERA.replace(str(CAMERA_1), str(UUID(int=9))).replace("position = 1", "position = 2")
    config = loaded(path, HEAD + second + CAMERA + "audio = true\ntransport = 'udp'\n")
    first, other = config.camera_plans(10.0)
    assert (first.camera_id, first.position, first.segment_target_s) == (CAMERA_1, 1, 10.0)
    assert (first.source.kind, first.source.transport) == (SourceKind.RTSP, "udp")
    assert (first.source.has_sound, other.source.has_sound) == (True, False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sever = 'x'\n" + HEAD + CAMERA, "there is no setting sever"),
        (HEAD + CAMERA + f"adress = 'rtsp://u:{SECRET}@h/'\n", "no setting cameras.0.adress"),
        (HEAD + CAMERA + "[uplink]\nmax_kbps = 0\n", "uplink.max_kbps: "),
        (HEAD + CAMERA + "[disk]\nreserve = 'much'\n", "disk.reserve: "),
        (HEAD, "cameras: "),
        (HEAD + CAMERA + CAMERA, "cameras: two have the same camera_id"),
        (HEAD + CAMERA + f"substream = 'http://u:{SECRET}@h/'\n", "cameras.0.substream: "),
        (HEAD + CAMERA + "publish_both = true\n", "publish_both: there is no substream"),
        (HEAD.replace("https://", f"https://u:{SECRET}@") + CAMERA, "server: must be an address"),
        (HEAD.replace("$argon2id$", SECRET) + CAMERA, "pin_hash: must be an argon2 hash"),
        ("listen = '8088'\n" + HEAD + CAMERA, "listen: must be HOST:PORT"),
        ("listen = 'h:99999'\n" + HEAD + CAMERA, "listen: must be HOST:PORT"),
        ("log_level = 'LOUD'\n" + HEAD + CAMERA, "log_level: must be"),
        (f"{SECRET} =", "not TOML"),
    ],
)
def test_a_refusal_names_file_and_key_and_no_secret(path, text, sentence):
    said = refusal(path, text)
    assert said.startswith(f"{path}: ")
    assert sentence in said
    assert SECRET not in said


def test_a_missing_file_is_one_sentence(path):
    with pytest.raises(SettingsError, match=re.escape(f"{path}: No such file")):
        load_config(path)


def test_bytes_that_are_no_text_are_refused(path):
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_config(path)


def test_it_prints_without_secrets(path):
    config = loaded(path, HEAD + CAMERA)
    assert SECRET not in repr(config) + str(config.model_dump()) + config.model_dump_json()
    assert "$argon2" not in repr(config)


def test_what_is_written_reads_the_same(path, tmp_path):
    config = loaded(path, HEAD + CAMERA + "[uplink]\nmax_kbps = 4000\norder = 'newest_first'\n")
    again = tmp_path / "again.toml"
    write_config(again, config)
    assert load_config(again) == config
    assert again.stat().st_mode & 0o777 == 0o600


@settings(deadline=None)  # it writes files
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_file(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    config = loaded(folder / "a.toml", HEAD + CAMERA).model_copy(update={"station_name": text})
    (folder / "b.toml").write_text(config_text(config), "utf-8", newline="")
    assert load_config(folder / "b.toml").station_name == text


def test_a_file_that_stands_is_not_written_over(path):
    config = loaded(path, HEAD + CAMERA)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="File exists"):
        write_config(path, config)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_text_that_is_none_is_refused_and_leaves_nothing(path, tmp_path):
    config = loaded(path, HEAD + CAMERA).model_copy(update={"station_name": "\udcff"})
    with pytest.raises(SettingsError, match="is no text"):
        write_config(tmp_path / "b.toml", config)
    assert list(tmp_path.iterdir()) == [path]


def test_the_example_in_the_reference_is_sound(tmp_path):
    reference = Path(__file__).parents[4] / "docs/ref/config.md"
    (example,) = re.findall(r"```toml\n(.*?)```", reference.read_text("utf-8"), re.DOTALL)
    assert loaded(tmp_path / "agent.toml", example).uplink.max_kbps == 4000


def test_a_key_is_made_once_and_read_back(tmp_path):
    path = tmp_path / "device.key"
    key = make_device_key(path)
    assert load_device_key(path).private_bytes_raw() == key.private_bytes_raw()
    with pytest.raises(SettingsError, match="File exists"):
        make_device_key(path)
    assert load_device_key(path).private_bytes_raw() == key.private_bytes_raw()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "device.key"
    make_device_key(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="can be read by others"):
        load_device_key(path)


@pytest.mark.parametrize("content", [b"", b"not base64", b"c2hvcnQ=\n"])
def test_a_file_without_a_key_is_refused(tmp_path, content):
    path = tmp_path / "device.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="holds no device key"):
        load_device_key(path)


def test_a_missing_key_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        load_device_key(tmp_path / "device.key")
