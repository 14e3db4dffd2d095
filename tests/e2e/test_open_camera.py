"""An open camera goes on telling what is known of it, and does not outlive its reader's session."""

from api.auth.rights import Role
from tests.stage.country import Country
from tests.stage.scenes import panel
from tests.stage.station import with_mood
from tests.stage.windows import Windows


def test_trouble_that_comes_while_a_camera_is_open_is_told_beside_it(
    windows: Windows, country: Country
):
    context = windows.open(Role.OPERATOR, language="en")
    page = context.new_page()
    station = country.stations["6312"]
    panel("6312", 2)(page, country)
    page.wait_for_selector(".big-state .tone-ok")
    try:
        with_mood(station, silent_cameras=(2,))
        page.wait_for_selector(".big-state .tone-failing")
        page.wait_for_selector(".incident input")
    finally:
        with_mood(station, silent_cameras=())
        context.close()


def test_who_is_signed_out_is_led_to_the_door_and_back_to_the_camera(
    windows: Windows, country: Country
):
    context = windows.open(Role.OPERATOR, language="en")
    page = context.new_page()
    panel("1042")(page, country)
    context.clear_cookies(name="pollcam")
    page.wait_for_url(lambda address: "/sign-in?next=/wall%3Fcamera" in address)
    assert page.locator("dialog").count() == 0
    context.close()
