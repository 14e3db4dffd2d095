"""The staged country for the whole suite, and a browser for each file.

The browser does not live longer than a file: while it runs, no other test may run an event loop.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from core.logs import configure_logging
from tests.stage.browser import running_browser
from tests.stage.country import Country, running_country
from tests.stage.windows import Windows


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    configure_logging("ERROR")
    with running_country(tmp_path_factory.mktemp("country")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def windows(browser: Browser, country: Country) -> Windows:
    return Windows(browser, country.url)
