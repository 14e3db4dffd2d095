"""The scripts of the pages that only decide: run by Node, told as tests of their own."""

import shutil
import subprocess
from pathlib import Path

import pytest

_SCRIPTS = Path(__file__).parents[3] / "api" / "web" / "static" / "js"
_TESTS = sorted((Path(__file__).parent / "scripts").glob("*.mjs"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The scripts, where Node takes them for modules as a browser does."""
    place = tmp_path_factory.mktemp("scripts")
    shutil.copytree(_SCRIPTS, place / "js")
    (place / "package.json").write_text('{"type": "module"}')
    return place


@pytest.mark.parametrize("path", _TESTS, ids=lambda path: path.stem)
def test_scripts_decide_as_their_tests_say(folder, path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is missing: apt install nodejs")
    copy = shutil.copy(path, folder)
    done = subprocess.run(
        (node, "--test", copy), cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
