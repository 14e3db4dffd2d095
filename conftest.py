"""Real parts that any test may ask for; each says how to get it where it is absent."""

import gc
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from tests.order import TwoWorkOneWaits, spread

# How fast an example is says how busy the machine is, not whether the code is right.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("any machine"), max_examples=20)
settings.load_profile("any machine")

# Left to itself structlog draws an error with the values of every frame's names: for seconds.
_PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _PLAIN])

pytest_plugins = [
    "tests.parts.minio",
    "tests.parts.postgres",
    "tests.parts.new_index",
    "tests.parts.lent_databases",
]


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
    """Spread long files over the run."""
    spread(items)


def pytest_collection_finish() -> None:
    """Look for no garbage in what is there before the first test: modules, tests, models."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TwoWorkOneWaits | None:
    """Where whole files are handed out, those that wait have a process of their own."""
    return TwoWorkOneWaits(config, log) if config.getoption("dist") == "loadfile" else None
