"""The keyboard alone does each user's main job."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from api.auth.rights import Role
from tests.parts.control_api import PASSWORD
from tests.stage.country import Country
from tests.stage.scenes import archive
from tests.stage.windows import Windows
from tests.waiting import wait_until

_MOST_TABS = 60


@contextmanager
def at_the_keyboard(windows: Windows, country: Country, role: Role) -> Iterator[Page]:
    """Signed in by keys, on the page where the role works."""
    context = windows.open(None)
    page = context.new_page()
    page.goto(f"{country.url}/sign-in")
    page.wait_for_selector("#user:focus")
    for text in (role.value, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    yield page
    context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element that fits has the focus; it must be seen to have it."""
    is_there = "(selector) => document.activeElement.matches(selector)"
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(is_there, selector):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def focused(page: Page, attribute: str) -> Callable[[], str | None]:
    return lambda: page.evaluate("(name) => document.activeElement.getAttribute(name)", attribute)


def test_an_operator_finds_looks_and_acknowledges(windows: Windows, country: Country):
    covered = str(country.camera("1043", 2))
    with at_the_keyboard(windows, country, Role.OPERATOR) as page:
        page.wait_for_selector(".tiles.is-virtual .tile")
        page.keyboard.press("/")
        page.keyboard.type("1043")
        page.keyboard.press("Enter")
        at = focused(page, "data-camera")
        wait_until(lambda: at() == covered, within_s=60, what="the worst fitting tile is chosen")
        page.keyboard.press("ArrowRight")
        wait_until(lambda: at() == str(country.camera("1043", 1)), within_s=60, what="one further")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_selector(f'#camera[open] [data-camera="{covered}"] .incident')
        tab_to(page, ".incident input")
        page.keyboard.type("Звоню председателю")
        page.keyboard.press("Enter")
        page.wait_for_selector(".incident .accepted")
        assert "Звоню председателю" in page.text_content(".incident .comments")
        page.keyboard.press("Escape")
        wait_until(lambda: at() == covered, within_s=60, what="back at the tile")
        assert "camera=" not in page.url


def test_an_operator_is_shown_the_keys(windows: Windows, country: Country):
    with at_the_keyboard(windows, country, Role.OPERATOR) as page:
        page.wait_for_selector(".tiles.is-virtual .tile")
        page.keyboard.press("?")
        page.wait_for_selector("#keys[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#keys:not([open])", state="attached")


def test_an_auditor_marks_and_takes_away(windows: Windows, country: Country):
    with at_the_keyboard(windows, country, Role.AUDITOR) as page:
        tab_to(page, "#station")
        page.keyboard.type("1042")
        page.keyboard.press("Enter")
        page.wait_for_selector("#zoom .ticks", state="attached")
        tab_to(page, ".gaps li:last-child a")
        page.keyboard.press("Enter")
        page.wait_for_selector(".picture.is-playing")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Space")
        page.keyboard.press("[")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("]")
        page.wait_for_selector('#planned[data-ok="yes"]')
        tab_to(page, "#reason")
        page.keyboard.type("Дело 12/2026")
        page.keyboard.press("Enter")
        page.wait_for_selector("#export .form-answer a.button")
        tab_to(page, "#export .form-answer a.button")
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(".zip")


def test_an_auditor_keeps_what_is_marked_and_lets_go_of_it(windows: Windows, country: Country):
    with at_the_keyboard(windows, country, Role.AUDITOR) as page:
        archive("", number="1042")(page, country)
        tab_to(page, "#hold")
        page.keyboard.press("Enter")
        page.wait_for_url("**/holds/new?**")
        assert page.input_value("#station") == "1042"
        tab_to(page, "#reason")
        page.keyboard.press("Enter")
        page.wait_for_selector("#reason-fault")
        assert focused(page, "id")() == "reason"
        page.keyboard.type("Дело 12/2026")
        page.keyboard.press("Enter")
        page.wait_for_selector("#release-title")
        tab_to(page, "#reason")
        page.keyboard.type("Решение суда")
        page.keyboard.press("Enter")
        page.wait_for_selector("#release-title", state="detached")
        assert "Решение суда" in page.text_content("main")


def test_a_technician_opens_a_station_and_a_still(windows: Windows, country: Country):
    with at_the_keyboard(windows, country, Role.TECHNICIAN) as page:
        tab_to(page, "td a")
        page.keyboard.press("Enter")
        page.wait_for_selector(".station-panel")
        page.goto(f"{country.url}/stations/{country.station_ids['1042']}")
        tab_to(page, "button.picture")
        page.keyboard.press("Enter")
        page.wait_for_selector("#large-picture[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#large-picture:not([open])", state="attached")
        tab_to(page, "summary")
        page.keyboard.press("Enter")
        page.wait_for_selector("details[open] .facts")


def test_anybody_makes_copies_and_revokes_a_token(windows: Windows, country: Country):
    with at_the_keyboard(windows, country, Role.OBSERVER) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab_to(page, ".menu summary")
        page.keyboard.press("Enter")
        tab_to(page, ".menu .who")
        page.keyboard.press("Enter")
        page.wait_for_selector("#tokens-title")
        tab_to(page, '[href="/account/tokens/new"]')
        page.keyboard.press("Enter")
        page.wait_for_url("**/account/tokens/new")
        tab_to(page, "#label")
        page.keyboard.type("Табло")
        page.keyboard.press("Enter")
        page.wait_for_selector("#token")
        tab_to(page, "[data-copy]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#token-copied:not(:empty)")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.inner_text("#token")
        asked = page.request.get(
            f"{country.url}/api/v1/session", headers={"Authorization": f"Bearer {copied}"}
        )
        assert asked.ok
        tab_to(page, 'main [href="/account"]')
        page.keyboard.press("Enter")
        page.wait_for_selector('td:has-text("Табло")')
        tab_to(page, 'td [href$="/revoke"]')
        page.keyboard.press("Enter")
        page.wait_for_selector("form .danger")
        tab_to(page, "form .danger")
        page.keyboard.press("Enter")
        page.wait_for_selector(".table-frame .empty")
