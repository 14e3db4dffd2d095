"""Hovering over the bar of the archive shows what was recorded there."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page

from api.auth.rights import Role
from core.clock import SystemClock
from core.timestamps import to_iso
from tests.stage.country import Country
from tests.stage.scenes import archive
from tests.stage.windows import Windows
from tests.waiting import wait_until

_STILL = "#hover-still:not([hidden])"
_PICTURE = """() => {
    const video = document.querySelector("#hover-still video");
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
    const paint = canvas.getContext("2d");
    paint.drawImage(video, 0, 0, 64, 36);
    return new Set(paint.getImageData(0, 0, 64, 36).data).size;
}"""


@pytest.fixture
def page(windows: Windows, country: Country):
    context = windows.open(Role.AUDITOR)
    page = context.new_page()
    archive(f"&at={to_iso(middle_of(country))}")(page, country)
    page.wait_for_selector(".picture.is-playing")
    yield page
    context.close()


def middle_of(country: Country) -> datetime:
    return country.footage_utc + timedelta(seconds=30)


def of_day(clock: str) -> timedelta:
    hours, minutes, seconds = map(int, clock.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def rest_on_the_place(page: Page) -> tuple[float, float]:
    """Zoom to the place that is shown, and rest the pointer on it; gives where that is."""
    for _ in range(10):
        page.keyboard.press("+")
    place = page.locator("#zoom .playhead").bounding_box()
    x, y = place["x"], place["y"] + 20
    page.mouse.move(x, y)
    return x, y


def test_a_still_shows_the_recorded_picture_and_its_time(page: Page, country: Country):
    rest_on_the_place(page)
    page.wait_for_selector(_STILL)
    colours = page.evaluate(_PICTURE)
    assert colours > 20
    told = of_day(page.inner_text("#hover-still figcaption"))
    place = of_day(page.inner_text("#clock")[:8])
    assert timedelta(0) <= (place - told) % timedelta(days=1) < timedelta(seconds=30)


def test_it_is_gone_where_nothing_was_recorded_and_off_the_bar(page: Page):
    _, y = rest_on_the_place(page)
    page.wait_for_selector(_STILL)
    page.mouse.move(5, 5)
    page.wait_for_selector("#hover-still", state="hidden")
    page.keyboard.press("0")
    page.mouse.move(page.locator("#zoom").bounding_box()["x"] + 2, y)
    wait_until(lambda: page.inner_text("#hover"), within_s=60, what="the bar tells of the place")
    assert page.is_hidden("#hover-still")


def test_many_hovers_over_an_hour_are_one_look(page: Page, country: Country):
    page.clock.set_fixed_time(SystemClock().utc())  # the newest hour is looked at anew after 5 s
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    x, y = rest_on_the_place(page)
    page.wait_for_selector(_STILL)
    before = len([url for url in asked if "playlist" in url])
    box = page.locator("#zoom").bounding_box()
    inwards = 1 if x < box["x"] + box["width"] / 2 else -1  # early or late in the day
    for away in (20, 40, 0):
        page.mouse.move(x + inwards * away, y)
        page.wait_for_selector(_STILL)
    assert len([url for url in asked if "playlist" in url]) == before == 1
