"""The station's installer writes what it promises and refuses nonsense."""

import pytest

from tests.integration.deploy.tools import DEPLOY, run, tool

SCRIPT = DEPLOY / "station/install.sh"
PLACED = {
    "etc/systemd/system/pollcam-agent.service",
    "etc/systemd/system.conf.d/pollcam.conf",
    "etc/chrony/conf.d/pollcam.conf",
}


def test_it_writes_unit_watchdog_and_clock(tmp_path):
    outcome = run([SCRIPT, "--root", tmp_path])
    assert outcome.returncode == 0, outcome.stdout
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == PLACED


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--camera"], "--camera needs a value"),
        (["--cameras-from"], "--cameras-from needs a value"),
        (["--wheels", "nowhere"], "there is no folder 'nowhere'"),
        (["--tokne", "x"], "there is no option --tokne"),
    ],
)
def test_nonsense_is_one_sentence_and_exit_code_2(arguments, sentence, tmp_path):
    outcome = run([SCRIPT, "--root", tmp_path, *arguments])
    assert (outcome.returncode, list(tmp_path.iterdir())) == (2, [])
    assert sentence in outcome.stdout
    assert len(outcome.stdout.splitlines()) == 1


def test_the_options_of_the_technicians_guide_are_taken(tmp_path):
    guided = ["--token", "x", "--cameras-from", "cameras.txt", "--publish-both", "--audio", "1"]
    outcome = run([SCRIPT, "--root", tmp_path, *guided])
    assert outcome.returncode == 0, outcome.stdout


def test_the_unit_watches_over_the_agent():
    unit = (DEPLOY / "station/pollcam-agent.service").read_text("utf-8").splitlines()
    for line in ("Type=notify", "WatchdogSec=30", "Restart=always", "ProtectSystem=strict"):
        assert line in unit


def test_chrony_understands_its_configuration():
    outcome = run([tool("chronyd", "chrony"), "-p", "-f", DEPLOY / "station/chrony.conf"])
    assert outcome.returncode == 0, outcome.stdout
