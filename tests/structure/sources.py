"""Our own Python, as the tests on the code base see it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "evidence", "recorder", "streamer", "storage", "api", "cli")
"""The product: what an installation holds."""
COMPANIONS = ("benchmarks", "tests")
"""Ours as well, but not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One `def`, from its first line to its last; decorators not counted."""

    path: Path
    name: str
    line: int
    lines: int

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.name}: {self.lines} lines"


def python_files(*folders: str) -> list[Path]:
    """Every Python file below these folders of the repository, sorted."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def count_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@cache
def functions_of(path: Path) -> tuple[Function, ...]:
    """Every function and method of a file, nested ones too."""
    return tuple(_functions_in(path))


def _functions_in(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            yield Function(path=path, name=node.name, line=node.lineno, lines=lines)
