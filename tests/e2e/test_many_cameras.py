"""The wall of a whole country, 6,000 cameras, stays bounded in nodes, memory and requests."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from api.auth.rights import Role
from core.logs import configure_logging
from tests.stage.big_fleet import CAMERAS, running_big_fleet
from tests.stage.browser import tab_bytes
from tests.stage.windows import Windows
from tests.waiting import wait_until

_MOST_NODES = 3000
_MOST_TAB_BYTES = 300 * 2**20
_STILLS_PER_S = 12
_SCROLL = """async () => {
  const view = document.getElementById("tiles");
  performance.setResourceTimingBufferSize(10_000);
  performance.clearResourceTimings();
  const begun_ms = performance.now();
  for (let turn = 0; turn < 60; turn += 1) {
    view.scrollTop += view.clientHeight / 2;
    await new Promise((done) => setTimeout(done, 50));
  }
  view.scrollTop = view.scrollHeight;
  const stills = performance.getEntriesByType("resource")
    .filter((one) => one.name.includes("snapshot.jpg"));
  return [stills.length, (performance.now() - begun_ms) / 1000];
}"""
"""How many stills it asked for and how long it took, by the page's own clock."""


@dataclass
class Wall:
    page: Page
    browser: Browser


@pytest.fixture(scope="module")
def wall(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    configure_logging("ERROR")
    with running_big_fleet(tmp_path_factory.mktemp("fleet")) as fleet:
        context = Windows(browser, fleet.url).open(Role.OPERATOR, theme="dark")
        page = context.new_page()
        made = Wall(page=page, browser=browser)
        page.goto(f"{fleet.url}/wall?size=s")
        shown = f"{CAMERAS:,}".replace(",", "\N{NO-BREAK SPACE}")
        page.wait_for_selector(f'#shown:has-text("{shown}")')
        yield made
        context.close()


def test_scrolling_through_6000_cameras_is_bounded(wall: Wall):
    page = wall.page
    stills, seconds = page.evaluate(_SCROLL)
    last = f'.tile[aria-posinset="{CAMERAS}"]'
    page.wait_for_selector(last)
    assert page.evaluate("document.querySelectorAll('*').length") < _MOST_NODES
    assert tab_bytes(wall.browser) < _MOST_TAB_BYTES
    assert 0 < stills <= _STILLS_PER_S * (seconds + 1)


def test_trouble_stands_first_and_one_cause_in_a_region_is_one_line(wall: Wall):
    page = wall.page
    page.evaluate("document.getElementById('tiles').scrollTop = 0")
    page.wait_for_selector('.tile[aria-posinset="1"].tone-failing')
    regions = page.locator(".trouble").all_text_contents()
    assert 1 < len(regions) <= 9
    total = sum(int(one) for one in page.locator(".trouble-count b").all_text_contents())
    assert total == CAMERAS / 2 / 100


def test_a_camera_is_found_among_all_by_its_number(wall: Wall):
    page = wall.page
    page.fill("#q", "3456")
    wait_until(lambda: page.locator(".tile").count() == 2, within_s=60, what="its two cameras")
    assert "3456" in page.locator(".tile").first.text_content()
    page.fill("#q", "")
