"""Each page speaks the language that was chosen, and no other."""

import re

import pytest
from playwright.sync_api import Page

from api.auth.rights import Role
from core.ui.catalogue import read_catalogue
from core.ui.languages import Language
from tests.e2e.accessibility import barriers
from tests.stage.country import Country
from tests.stage.scenes import scenes, show_wall
from tests.stage.windows import Windows

_NAMES = ("wall", "wall-panel-covered", "station-cut", "archive-day", "incidents",
          "exports", "admin-station", "admin-account-code", "admin-import-bad",
          "admin-account-refused", "hold-faults", "hold", "account", "account-password-refused",
          "account-token-refused", "account-token-made", "account-token-revoke")  # fmt: skip
_SCENES = [one for one in scenes() if one.name in _NAMES]
_VISIBLE = """() => [
  document.title, document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [placeholder], [title], img[alt]")].flatMap(
    (one) => ["aria-label", "placeholder", "title", "alt"].map((name) => one.getAttribute(name))),
].filter(Boolean).join("\\n")"""


def _foreign(own: Language, other: Language) -> list[str]:
    """Texts that are said in the other language alone, long enough to be told apart."""
    mine, theirs = read_catalogue(own), read_catalogue(other)
    all_mine = "\n".join(mine.values())
    told_apart = [t for t in theirs.values() if len(t) > 9 and "{" not in t]
    return [t for t in told_apart if t not in all_mine and t not in list(Role)]


@pytest.mark.parametrize("language", list(Language))
def test_no_text_is_in_another_language(windows: Windows, country: Country, language: Language):
    pages = {role: windows.open(role, language=language.value).new_page() for role in Role}
    others = [text for o in Language if o is not language for text in _foreign(language, o)]
    names = set(read_catalogue(language))
    for scene in _SCENES:
        page = pages[scene.role]
        scene.show(page, country)
        assert page.get_attribute("html", "lang") == language.value
        seen = page.evaluate(_VISIBLE)
        assert [text for text in others if text in seen] == [], scene.name
        assert names & set(re.findall(r"[a-z_]+(?:\.[a-z_]+)+", seen)) == set(), scene.name
    for page in pages.values():
        page.context.close()


def test_a_language_chosen_in_the_menu_stays_and_so_does_the_page(
    windows: Windows, country: Country
):
    context = windows.open(Role.OPERATOR)
    page = context.new_page()
    show_wall("", pictures=False)(page, country)
    page.click('.trouble:has-text("1043")')
    _choose(page, "ky")
    page.wait_for_selector(".tiles.is-virtual", state="attached")
    assert "reason=covered" in page.url
    assert "lang=" not in page.url
    page.goto(f"{country.url}/incidents")
    assert page.text_content("h1") == read_catalogue(Language.KY)["nav.incidents"]
    context.close()


def test_the_open_menu_is_open_to_everybody(windows: Windows, country: Country):
    context = windows.open(Role.AUDITOR, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{country.url}/exports")
    page.click(".menu summary")
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector(".menu-body", state="hidden")
    context.close()


def test_a_theme_chosen_in_the_menu_stays(windows: Windows, country: Country):
    context = windows.open(Role.AUDITOR)
    page = context.new_page()
    page.goto(f"{country.url}/exports")
    page.click(".menu summary")
    page.click('.menu [href*="theme=dark"]')
    page.wait_for_selector('html[data-theme="dark"]')
    page.goto(f"{country.url}/archive")
    assert page.get_attribute("html", "data-theme") == "dark"
    context.close()


def _choose(page: Page, language: str) -> None:
    page.click(".menu summary")
    page.click(f'.menu [hreflang="{language}"]')
    page.wait_for_selector(f'html[lang="{language}"]')
