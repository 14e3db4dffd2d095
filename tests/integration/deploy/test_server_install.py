"""install.sh writes what it promises, keeps what people changed, and refuses nonsense."""

import stat
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from api.settings import ApiSettings
from streamer.settings import StreamerSettings
from tests.integration.deploy.tools import DEPLOY, run, tool

SCRIPT = DEPLOY / "server/install.sh"


def install(root: Path, *more: str) -> CompletedProcess[str]:
    tool("openssl", "openssl")
    return run([SCRIPT, "--name", "pollcam.test", "--root", root, *more])


def test_it_writes_settings_units_and_proxy(tmp_path):
    outcome = install(tmp_path)
    assert outcome.returncode == 0, outcome.stdout
    settings = (tmp_path / "etc/pollcam/api.env").read_text("utf-8")
    assert "POLLCAM_API_PUBLIC_URL=https://pollcam.test\n" in settings
    assert "server_name pollcam.test;" in (tmp_path / "etc/nginx/conf.d/pollcam.conf").read_text(
        "utf-8"
    )
    assert (tmp_path / "etc/systemd/system/pollcam-api.service").exists()
    assert not (tmp_path / "opt").exists()


def test_no_placeholder_is_left(tmp_path):
    install(tmp_path)
    for path in (p for p in (tmp_path / "etc").rglob("*") if p.is_file()):
        assert "@SERVER_NAME@" not in path.read_text("utf-8"), path


def test_secrets_are_for_root_alone(tmp_path):
    install(tmp_path)
    for name in ("pollcam/api.secrets", "nginx/pollcam/key.pem"):
        assert stat.S_IMODE((tmp_path / "etc" / name).stat().st_mode) == 0o600


def test_what_people_changed_stays(tmp_path):
    install(tmp_path)
    changed = tmp_path / "etc/pollcam/api.env"
    changed.write_text("POLLCAM_API_DATA_DIR=/srv\n", "utf-8")
    key = (tmp_path / "etc/nginx/pollcam/key.pem").read_text("utf-8")
    assert install(tmp_path).returncode == 0
    assert changed.read_text("utf-8") == "POLLCAM_API_DATA_DIR=/srv\n"
    assert (tmp_path / "etc/nginx/pollcam/key.pem").read_text("utf-8") == key


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "--name is missing"),
        (["--name"], "--name needs a value"),
        (["--name", "https://pollcam.test/"], "without https://"),
        (["--name", "a.test", "--certificate", "nowhere.pem"], "cannot read 'nowhere.pem'"),
        (["--nmae", "a.test"], "there is no option --nmae"),
    ],
)
def test_nonsense_is_one_sentence_and_exit_code_2(arguments, sentence, tmp_path):
    outcome = run([SCRIPT, "--root", tmp_path, *arguments])
    assert outcome.returncode == 2
    assert sentence in outcome.stdout
    assert len(outcome.stdout.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "model", "prefix"),
    [
        ("api.env", ApiSettings, "POLLCAM_API_"),
        ("streamer.env", StreamerSettings, "POLLCAM_STREAMER_"),
    ],
)
def test_every_setting_in_the_files_exists(file, model, prefix):
    known = {prefix + name.upper() for name in model.model_fields}
    lines = (DEPLOY / "server" / file).read_text("utf-8").splitlines()
    named = {line.lstrip("#").partition("=")[0] for line in lines if "POLLCAM_" in line}
    assert named
    assert named - known == set()
