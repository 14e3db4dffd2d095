"""The page that the recorder itself serves, on a technician's phone at the station."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.accessibility import barriers
from tests.parts.station_page import PIN, running_station, served_page
from tests.stage.browser import PHONE, new_window
from tests.stage.windows import complaints_of

_CAMERAS = [f"test:camera {n}?size=640x360&fps=10&gop=10&kbps=200" for n in (1, 2)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        running_station(tmp_path_factory.mktemp("station"), _CAMERAS) as running,
        served_page(running.station) as url,
    ):
        yield url


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = new_window(browser, viewport=PHONE, has_touch=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def give_pin(page: Page, pin: str) -> None:
    page.fill("#pin", pin)
    page.press("#pin", "Enter")


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_it_says_in_words_what_everybody_may_know(site: str, phone: Page, language: str):
    complaints = complaints_of(phone)
    phone.goto(f"{site}/?lang={language}")
    assert phone.is_visible(".headline li")
    assert phone.is_visible("#pin")
    assert phone.locator("button.picture").count() == 0
    assert barriers(phone) == []
    assert complaints == []


def test_a_wrong_pin_is_told_and_the_right_one_opens_the_pictures(site: str, phone: Page):
    phone.goto(f"{site}/?lang=en")
    give_pin(phone, "000000")
    assert "This PIN is not right" in phone.text_content(".pin .notice")
    assert barriers(phone) == []
    give_pin(phone, PIN)
    phone.wait_for_selector("button.picture img")
    assert barriers(phone) == []
    phone.tap("button.picture >> nth=0")
    phone.wait_for_selector("#large-picture[open]")
    phone.tap("#large-picture .button")
    phone.wait_for_selector("#large-picture:not([open])", state="attached")
    phone.wait_for_selector('.headline:has-text("Both cameras record.")')
