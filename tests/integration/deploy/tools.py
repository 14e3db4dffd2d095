"""The real tools that judge the deployment."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.structure.sources import ROOT

DEPLOY = ROOT / "deploy"


def tool(name: str, package: str) -> str:
    """The path of a tool; the test skips where it is absent."""
    # Debian keeps some of them out of an ordinary user's PATH.
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"no {name} here; to get it: apt-get install {package}")
    return found


def run(command: list[str | Path], *, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end; what it printed is one text."""
    return subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
