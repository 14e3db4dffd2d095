"""What auditors print stands on A4 as it is: dark on white, no controls, every gap."""

import json

import pytest
from playwright.sync_api import Page

from api.auth.rights import Role
from tests.stage.country import Country
from tests.stage.scenes import archive, opened
from tests.stage.windows import Windows

_A4_WIDTH = {"width": 718, "height": 1016}
"""In CSS pixels, without the margins of 1 cm."""
_DARK_ON_WHITE = """() => {
  const style = getComputedStyle(document.querySelector(".gaps a"));
  const light = (text) => text.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3;
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  return [light(style.color), light(ground)];
}"""


@pytest.fixture
def printed(windows: Windows, country: Country):
    context = windows.open(Role.AUDITOR, theme="dark", size=_A4_WIDTH)
    page = context.new_page()
    archive("")(page, country)
    page.emulate_media(media="print")
    yield page
    context.close()


def gaps_of(page: Page) -> int:
    """How many the day has; the one of the staged footage may have begun yesterday."""
    coverage = json.loads(page.text_content("#coverage"))
    return sum(span["state"] == "gap" for span in coverage["spans"])


def test_the_list_of_gaps_prints_without_controls(printed: Page):
    for selector in (".frame", ".players", ".controls", ".export", ".pickers form"):
        assert not printed.is_visible(selector), selector
    listed = printed.locator(".gaps li")
    assert listed.count() == gaps_of(printed) > 0
    assert printed.is_visible(".gaps li:last-child")
    assert printed.is_visible(".day-bar svg")


def test_paper_is_white_whatever_the_screen_is(printed: Page):
    text, ground = printed.evaluate(_DARK_ON_WHITE)
    assert text < 90
    assert ground > 250


def test_nothing_is_cut_off_at_the_edge_of_the_paper(printed: Page):
    width = printed.evaluate("document.documentElement.scrollWidth")
    assert width <= _A4_WIDTH["width"]
    assert printed.pdf(format="A4").startswith(b"%PDF")


_CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.AUDITOR, "/access-log?q=1042"),
        (Role.AUDITOR, "/holds"),
        (Role.OPERATOR, "/incidents"),
        (Role.ADMIN, "/admin/stations"),
        (Role.ADMIN, "/admin/devices"),
    ],
)
def test_every_column_of_a_table_is_on_the_paper(
    windows: Windows, country: Country, role: Role, path: str
):
    context = windows.open(role, size=_A4_WIDTH, language="ky")
    page = context.new_page()
    opened(path)(page, country)
    page.emulate_media(media="print")
    assert page.evaluate(_CUT_OFF) == []
    assert not page.is_visible("main form")
    context.close()
