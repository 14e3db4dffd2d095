"""Real parts that any test may ask for; each says how to get it where it is absent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast an example is says how busy the machine is, not whether the code is right.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

pytest_plugins = ["tests.parts.minio", "tests.parts.postgres", "tests.parts.new_index"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    parser.addoption(
        "--index",
        choices=["sqlite", "postgresql", "both"],
        default="sqlite",
        help="what the tests of the API in tests/unit run on",
    )
    parser.addoption(
        "--fail-on-skip",
        action="store_true",
        help="a test that cannot run here fails: for machines that must have every part",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let nothing be skipped where every part must be."""
    report = yield
    if report.skipped and item.config.getoption("--fail-on-skip"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and here nothing may be: {report.longrepr[-1]}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files of each folder over the run: browsers beside what needs none.

    Files are handed out in this order where several processes share them: browsers all at once
    would starve one another, and a long file that comes last runs alone.
    """
    files: dict[Path, dict[Path, int]] = {}
    for item in items:
        of_folder = files.setdefault(_folder(item), {})
        of_folder.setdefault(item.path, len(of_folder))

    def place(item: pytest.Item) -> float:
        of_folder = files[_folder(item)]
        return (of_folder[item.path] + 0.5) / len(of_folder)

    items.sort(key=place)


def _folder(item: pytest.Item) -> Path:
    """`tests/e2e`, `tests/unit` and their like."""
    return Path(*item.path.relative_to(Path(__file__).parent).parts[:2])
