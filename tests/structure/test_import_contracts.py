"""Each import contract holds, and is seen to fail when it is broken on purpose."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.structure.sources import PACKAGES, ROOT

BREACHES = {
    "cli composes, packages point inwards, core knows nobody": [
        ("core/breach.py", "import evidence"),
        ("storage/breach.py", "import api"),
        ("api/breach.py", "import cli"),
    ],
    "processes meet over HTTP: recorder, streamer and storage never import one another": [
        ("recorder/breach.py", "import storage"),
        ("streamer/breach.py", "import recorder"),
        ("storage/breach.py", "import streamer"),
    ],
    "a station composes its parts, and packets go one way: sources, capture, disk, uplink": [
        ("recorder/sources.py", "import recorder.capture"),
        ("recorder/capture.py", "import recorder.disk"),
        ("recorder/disk.py", "import recorder.uplink"),
        ("recorder/taps.py", "import recorder.live"),
    ],
    "live needs no proof: streamer stands on core alone": [
        ("streamer/breach.py", "import evidence"),
    ],
    "core and evidence are pure: no network, no database, no video library": [
        ("evidence/breach.py", "import sqlalchemy"),
        ("core/breach.py", "import av"),
        ("core/breach.py", "import socket"),
    ],
}
"""Contract → module and the line in it that the contract exists to refuse."""

CASES = [
    pytest.param(name, file, line, id=f"{file}: {line}")
    for name, breaches in BREACHES.items()
    for file, line in breaches
]


def test_every_contract_is_broken_on_purpose_below():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} == set(BREACHES)


def test_the_code_base_keeps_every_contract():
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout


def test_packages_without_a_line_of_code_keep_every_contract(empty_house):
    assert lint(empty_house).returncode == 0


@pytest.mark.parametrize(("contract", "file", "line"), CASES)
def test_a_breach_is_found(contract, file, line, empty_house):
    (empty_house / file).write_text(f"{line}\n", encoding="utf-8")
    outcome = lint(empty_house)
    assert outcome.returncode == 1, outcome.stdout
    assert f"{contract} BROKEN" in " ".join(outcome.stdout.split())


@pytest.fixture
def empty_house(tmp_path) -> Path:
    """The packages of the product, without code, under the contracts of the product."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""Empty."""\n', encoding="utf-8")
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    for module in modules_in_layers(settings):
        (tmp_path / module).write_text('"""Empty."""\n', encoding="utf-8")
    return tmp_path


def modules_in_layers(settings: str) -> list[Path]:
    """Those below packages, which the contracts name one by one."""
    return [
        Path(package, f"{name.strip()}.py")
        for contract in tomllib.loads(settings)["tool"]["importlinter"]["contracts"]
        for package in contract.get("containers", ())
        for layer in contract["layers"]
        for name in layer.split("|")
    ]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `lint-imports` on the packages of a folder, and on no others."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
