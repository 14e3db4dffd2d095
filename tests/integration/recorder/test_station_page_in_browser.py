"""The station's page on a technician's phone: real Chromium, real cameras."""

import pytest

from core.ui.catalogue import texts_in
from core.ui.languages import Language
from tests.parts.live_film import live_film
from tests.parts.station_page import PIN, running_station, served_page
from tests.stage.browser import PHONE, running_browser
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("station")
    film = str(live_film(folder / "film.mp4"))
    with running_station(folder, [film, film]) as running:
        wait_until(running.has_stills, within_s=PATIENCE_S, what="both cameras were looked at")
        yield running


@pytest.fixture(scope="module")
def browser():
    with running_browser() as browser:
        yield browser


@pytest.fixture
def url(running):
    with served_page(running.station) as url:
        yield url


@pytest.fixture
def phone(browser):
    context = patient_context(browser, device_scale_factor=2, has_touch=True)
    yield context
    context.close()


def patient_context(browser, **options):
    context = browser.new_context(viewport=PHONE, **options)
    context.set_default_timeout(1000 * PATIENCE_S)
    return context


def give_pin(page, pin=PIN):
    """And wait for the page that comes with its scripts."""
    page.fill("#pin", pin)
    with page.expect_navigation():
        page.click(".pin button")


SHOWN = """() => [
  document.querySelector(".station-panel > .quiet:last-child").textContent,
  ...[...document.querySelectorAll("button.picture img")].map((image) => image.src),
]"""
"""As of when, and the addresses of both pictures: at one moment, for all of it renews itself."""


def complaints_of(context):
    """What its pages complain of from now on: errors, refused loads."""
    complaints = []
    context.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    context.on("weberror", lambda e: complaints.append(str(e.error)))
    return complaints


def widths(page):
    return page.evaluate("[...document.querySelectorAll('button img')].map(i => i.naturalWidth)")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", list(Language))
def test_the_page_fits_a_phone_and_nothing_on_it_is_refused(browser, url, language, theme):
    context = patient_context(browser, color_scheme=theme)
    complaints = complaints_of(context)
    page = context.new_page()
    page.goto(f"{url}/?lang={language.value}")
    give_pin(page)
    wait_until(
        lambda: widths(page) == [640, 640], within_s=PATIENCE_S, what="both pictures are there"
    )
    assert page.url == f"{url}/?lang={language.value}"
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.title().startswith(texts_in(language)("station.title", number="1042"))
    assert complaints == []
    context.close()


def test_pictures_and_words_renew_themselves_without_the_page_being_loaded_again(phone, url):
    page = phone.new_page()
    page.goto(f"{url}/?lang=ru")
    give_pin(page)
    wait_until(lambda: widths(page) == [640, 640], within_s=PATIENCE_S, what="two pictures")
    page.evaluate("window.isTheSamePage = true")
    first = page.evaluate(SHOWN)
    assert len(first) == 3
    wait_until(
        lambda: all(a != b for a, b in zip(first, page.evaluate(SHOWN), strict=True)),
        within_s=PATIENCE_S,
        what="words and both pictures are newer",
    )
    assert page.evaluate("window.isTheSamePage")


def test_what_is_being_typed_stays_when_the_page_renews_itself(phone, url):
    page = phone.new_page()
    page.goto(f"{url}/?lang=en")
    give_pin(page, "000000")
    page.wait_for_selector(".pin .notice")
    now = page.get_attribute(".station-panel", "data-now")
    page.type("#pin", "4829")
    wait_until(
        lambda: page.get_attribute(".station-panel", "data-now") != now,
        within_s=PATIENCE_S,
        what="the page has renewed itself",
    )
    assert page.input_value("#pin") == "4829"
    assert page.evaluate("document.activeElement.id") == "pin"
    assert page.is_visible(".pin .notice")


def test_after_a_wrong_pin_another_language_can_be_chosen(phone, url):
    page = phone.new_page()
    page.goto(f"{url}/?lang=en")
    give_pin(page, "000000")
    page.click("nav.choice a[lang=ky]")
    page.wait_for_url(f"{url}/?lang=ky")
    assert page.get_attribute("html", "lang") == "ky"
    assert page.is_visible(".pin .notice")


def test_a_picture_enlarges_and_closes_again(phone, url):
    page = phone.new_page()
    page.goto(f"{url}/?lang=en")
    give_pin(page)
    page.click("button.picture")
    page.wait_for_selector("dialog[open] img")
    assert page.text_content("dialog .label") == "Camera 1"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
