"""A page that hears nothing says so, and nothing on it looks live."""

from api.auth.rights import Role
from tests.stage.country import Country
from tests.stage.scenes import cut_off, show_wall
from tests.stage.windows import Windows
from tests.waiting import wait_until

_FRESH = "() => document.querySelectorAll('.tile .picture:not(.is-old) img:not([hidden])').length"


def test_the_wall_says_that_it_hears_nothing_and_comes_back_by_itself(
    windows: Windows, country: Country
):
    context = windows.open(Role.OPERATOR, language="en")
    page = context.new_page()
    show_wall("")(page, country)
    cut_off(page, country)
    page.wait_for_selector("#lost:not([hidden])")
    assert "The recording at the stations goes on" in page.text_content("#lost")
    wait_until(lambda: page.evaluate(_FRESH) == 0, within_s=60, what="all pictures are dimmed")
    context.set_offline(False)
    page.wait_for_selector("#lost", state="hidden")
    wait_until(lambda: page.evaluate(_FRESH) > 0, within_s=60, what="pictures are fresh again")
    context.close()


def test_the_stations_page_says_since_when_it_knows_nothing(windows: Windows, country: Country):
    context = windows.open(Role.TECHNICIAN, language="en")
    page = context.new_page()
    page.goto(f"{country.url}/stations/{country.station_ids['1042']}")
    page.wait_for_selector("button.picture img")
    context.set_offline(True)
    page.wait_for_selector("#lost:not([hidden])")
    assert "The recording does not depend on this page" in page.text_content("#lost")
    context.set_offline(False)
    page.wait_for_selector("#lost", state="hidden")
    context.close()
