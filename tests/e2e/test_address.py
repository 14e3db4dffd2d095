"""The address holds the state of wall and archive: back, reload and a link sent all work."""

from datetime import timedelta

from playwright.sync_api import Page

from api.auth.rights import Role
from core.timestamps import to_iso
from tests.stage.country import Country
from tests.stage.scenes import archive, show_wall
from tests.stage.windows import Windows
from tests.waiting import wait_until

_TILES = "() => [...document.querySelectorAll('.tile')].map((one) => one.dataset.camera)"


def tiles_of(page: Page) -> list[str]:
    return page.evaluate(_TILES)


def test_back_undoes_a_step_on_the_wall_and_reload_keeps_it(windows: Windows, country: Country):
    context = windows.open(Role.OPERATOR)
    page = context.new_page()
    show_wall("", pictures=False)(page, country)
    page.click('.trouble:has-text("1043")')
    only = str(country.camera("1043", 2))
    wait_until(lambda: tiles_of(page) == [only], within_s=60, what="one tile fits the trouble")
    page.click(".tile")
    page.wait_for_selector("#camera[open] .camera-panel .day-bar", state="attached")
    page.reload()
    page.wait_for_selector("#camera[open] .camera-panel .day-bar", state="attached")
    page.go_back()
    page.wait_for_selector("#camera:not([open])", state="attached")
    wait_until(lambda: tiles_of(page) == [only], within_s=60, what="the same one tile")
    page.go_back()
    wait_until(lambda: len(tiles_of(page)) > 5, within_s=60, what="everything is shown again")
    context.close()


def test_a_link_to_a_filtered_wall_shows_the_same_to_a_colleague(
    windows: Windows, country: Country
):
    context = windows.open(Role.OBSERVER)
    page = context.new_page()
    show_wall("?region=osh&reason=agent_silent", pictures=False)(page, country)
    wanted = {str(country.camera(n, p)) for n in ("2017", "2018", "2019") for p in (1, 2)}
    wait_until(lambda: set(tiles_of(page)) == wanted, within_s=60, what="the silent ones of Osh")
    context.close()


def test_a_place_and_marks_in_the_archive_survive_a_reload(windows: Windows, country: Country):
    context = windows.open(Role.AUDITOR)
    page = context.new_page()
    start, end = (country.footage_utc + timedelta(seconds=s) for s in (20, 50))
    archive(f"&at={to_iso(start)}&in={to_iso(start)}&out={to_iso(end)}")(page, country)
    for _ in range(2):
        page.wait_for_selector('#planned[data-ok="yes"]')
        page.wait_for_selector(".picture.is-playing")
        assert page.input_value("#export [name=start]").startswith(f"{start:%Y-%m-%dT%H:%M:%S}")
        assert page.input_value("#export [name=end]").startswith(f"{end:%Y-%m-%dT%H:%M:%S}")
        assert page.get_attribute("#clock", "title").startswith(f"{start:%Y-%m-%dT%H:%M:%S}")
        page.reload()
    context.close()


def test_a_time_is_reached_without_any_script(windows: Windows, country: Country):
    context = windows.open(Role.AUDITOR, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{country.url}/archive?station=1042")
    page.fill("#time", "14:03")
    page.press("#time", "Enter")
    page.wait_for_url(lambda address: "T08%3A03%3A00" in address)
    assert page.is_visible(".gaps")
    context.close()


def test_no_form_sends_what_was_typed_in_the_address(windows: Windows, country: Country):
    context = windows.open(Role.ADMIN, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{country.url}/admin/accounts")
    page.click("summary:has-text('Добавить')")
    page.fill("[name=user]", "aibek")
    page.fill("[name=password]", "a long password")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert "password" not in page.url
    context.close()
