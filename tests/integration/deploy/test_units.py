"""systemd understands every unit, and finds them well closed."""

import shutil
from pathlib import Path

import pytest

from tests.integration.deploy.tools import DEPLOY, run, tool

UNITS = sorted([*DEPLOY.glob("*/systemd/pollcam-*"), *DEPLOY.glob("station/*.service")])
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
SYSTEM_UNITS = Path("/usr/lib/systemd/system")
MAX_EXPOSURE_TENTHS = 25
"""Of 100; systemd calls up to 4.0 "OK", an ordinary service has 9.6."""


@pytest.fixture
def machine(tmp_path) -> Path:
    """The part of a machine that systemd looks at, with our units in it."""
    own = tmp_path / "etc" / "systemd" / "system"
    own.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, own)
    shutil.copytree(SYSTEM_UNITS, tmp_path / "usr/lib/systemd/system", symlinks=True)
    program = tmp_path / "opt/pollcam/bin/pollcam"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_has_nothing_to_say_about_a_unit(unit, machine):
    outcome = run([tool("systemd-analyze", "systemd"), "verify", f"--root={machine}", unit.name])
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_a_mistyped_setting_is_found(machine):
    unit = machine / "etc/systemd/system/pollcam-api.service"
    unit.write_text(unit.read_text("utf-8").replace("Restart=always", "Restart=allways"), "utf-8")
    command = [tool("systemd-analyze", "systemd"), "verify", f"--root={machine}", unit.name]
    assert "allways" in run(command).stdout


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_can_reach_little_of_the_machine(unit):
    command = [tool("systemd-analyze", "systemd"), "security", "--offline=yes"]
    outcome = run([*command, f"--threshold={MAX_EXPOSURE_TENTHS}", unit])
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_long_running_service_comes_back_for_ever(unit):
    text = unit.read_text("utf-8")
    if "Type=oneshot" not in text:
        assert "\nRestart=always\n" in text
        assert "\nStartLimitIntervalSec=0\n" in text
