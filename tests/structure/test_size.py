"""Files and functions stay small; `pytest tests/structure/test_size.py` prints the figures."""

import ast
from statistics import median, quantiles

import pytest

from tests.structure.committed import committed_files, name_of
from tests.structure.sources import (
    COMPANIONS,
    PACKAGES,
    ROOT,
    count_lines,
    functions_of,
    python_files,
)

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_MEDIAN_FUNCTION_LINES = 8
VAGUE = ("utils", "util", "helpers", "helper", "common", "manager", "misc")


@pytest.fixture
def tell(capsys):
    """Prints figures where everybody sees them, though the test passes."""

    def show(what: str, package: str, values: list[int]) -> None:
        with capsys.disabled():
            print(f"\n{package}: {what}: {_figures(values)}", end="")

    return show


@pytest.mark.parametrize("package", [*PACKAGES, *COMPANIONS])
def test_no_file_is_longer_than_the_cap(package, tell):
    sizes = {path: count_lines(path) for path in python_files(package)}
    tell("lines per file", package, list(sizes.values()))
    too_long = [f"{p.relative_to(ROOT)}: {n}" for p, n in sizes.items() if n > MAX_FILE_LINES]
    assert too_long == []


@pytest.mark.parametrize("package", [*PACKAGES, *COMPANIONS])
def test_no_function_is_longer_than_the_cap(package, tell):
    functions = [f for path in python_files(package) for f in functions_of(path)]
    tell("lines per function", package, [f.lines for f in functions])
    assert [str(f) for f in functions if f.lines > MAX_FUNCTION_LINES] == []


def test_no_page_style_or_script_is_longer_than_the_cap(tell):
    files = [f for f in committed_files(".js", ".css", ".html", ".sh") if "vendor" not in f.parts]
    sizes = {path: count_lines(path) for path in files}
    tell("lines per file", "pages, styles and scripts", list(sizes.values()))
    assert [name_of(p) for p, n in sizes.items() if n > MAX_FILE_LINES] == []


def test_the_median_function_of_the_product_is_short(tell):
    lines = [f.lines for path in python_files(*PACKAGES) for f in functions_of(path)]
    tell("lines per function", "the product", lines)
    assert median(lines) <= MAX_MEDIAN_FUNCTION_LINES


def test_no_module_has_a_name_that_says_nothing():
    vague = [
        str(path.relative_to(ROOT))
        for path in python_files(*PACKAGES, *COMPANIONS)
        for part in path.relative_to(ROOT).with_suffix("").parts
        if set(part.lower().split("_")) & set(VAGUE)
    ]
    assert vague == []


def test_package_files_hold_a_docstring_and_no_code():
    files = [p for p in python_files(*PACKAGES, *COMPANIONS) if p.name == "__init__.py"]
    assert files
    assert [str(p.relative_to(ROOT)) for p in files if _has_code(p.read_text("utf-8"))] == []


def _has_code(source: str) -> bool:
    body = ast.parse(source).body
    return any(not _is_text(statement) for statement in body[:1]) or len(body) > 1


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _figures(values: list[int]) -> str:
    if len(values) < 2:
        return str(values)
    p90 = quantiles(values, n=10)[-1]
    return f"n {len(values)} · median {median(values):g} · p90 {p90:.0f} · max {max(values)}"
