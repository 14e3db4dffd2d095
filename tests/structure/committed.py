"""The files of the repository, as git has them."""

import subprocess
from pathlib import Path

from tests.structure.sources import ROOT


def committed_files(*endings: str) -> list[Path]:
    """Every committed file whose name ends like this; without endings, all."""
    # The owner of a checkout may differ from who runs the tests (containers); git minds.
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    wanted = [path for path in paths if path.is_file() and not path.is_symlink()]
    return [path for path in wanted if not endings or path.name.endswith(endings)]


def text_of(path: Path) -> str:
    """The file's text; empty for pictures, fonts and other bytes."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def name_of(path: Path) -> str:
    """The path as people of the project say it."""
    return str(path.relative_to(ROOT))
