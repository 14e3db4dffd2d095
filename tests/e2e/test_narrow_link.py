"""Nine live pictures on the wall, and somebody whose link does not carry one."""

import pytest

from api.auth.rights import Role
from core.live_stream import LiveStream
from tests.parts.bad_link import Conditions
from tests.parts.bad_link_scenarios import conditions_of
from tests.parts.bad_relay import Relay
from tests.parts.film import encode_film
from tests.parts.streamer_process import Ports, film_on_cameras, streamer_process
from tests.stage.country import running_country
from tests.stage.relayed import behind
from tests.stage.windows import Windows
from tests.waiting import wait_until

SEARCH = "школа"
STATIONS = ("1042", "3002", "3003", "5208", "6312")
"""The first whose names have it; online, with two cameras each."""
NARROW = "Slow link: one picture every few seconds"
SMALLER = "Slow link: smaller picture"
FRAMES = """() => Object.fromEntries([...document.querySelectorAll('.tile video')].map((video) =>
    [video.closest('.tile').dataset.camera, video.getVideoPlaybackQuality().totalVideoFrames]))"""
"""By camera; a picture that was lost and came back counts from nothing."""
SAID = """() => [...document.querySelectorAll('.tile .label')]
    .filter((label) => !label.classList.contains('is-live')).map((label) => label.textContent)"""
NINE = """() => [...document.querySelectorAll('.tile video')]
    .filter((video) => video.getVideoPlaybackQuality().totalVideoFrames > 10).length === 9"""
SHOWN = "() => document.querySelector('#live video').getVideoPlaybackQuality().totalVideoFrames"
MORE = """(shown) => document.querySelector('#live video')
    .getVideoPlaybackQuality().totalVideoFrames >= shown"""
SAYS = """(text) => document.querySelector('[data-live][role=status]')
    .textContent.startsWith(text)"""
WIDTH = "(width) => document.querySelector('#live video').videoWidth === width"
WITHIN_MS = 150_000
"""After a relapse more is tried again within a minute."""
FILM = (
    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5", "-t", "20", "-c:v", "libx264",
    "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "20",
    "-sc_threshold", "0", "-b:v", "700k", "-minrate", "700k", "-maxrate", "700k",
    "-bufsize", "700k", "-x264-params", "nal-hrd=cbr",
)  # fmt: skip
"""Nine of it are little work to decode, one of it is too much for 256 kbit/s."""
SMALL_FILM = (
    "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=5", "-t", "20", "-c:v", "libx264",
    "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "10",
    "-sc_threshold", "0", "-b:v", "60k", "-maxrate", "60k", "-bufsize", "60k",
)  # fmt: skip


@pytest.fixture(scope="module")
def live_country(tmp_path_factory):
    """A country whose cameras are live at a streamer, and where the streamer's media is."""
    folder, ports = tmp_path_factory.mktemp("live-country"), Ports()
    film = encode_film(tmp_path_factory.mktemp("live-film") / "film.mp4", *FILM)
    with running_country(folder, with_recordings=False, streamer_url=ports.url) as country:
        country.set_calm(is_calm=True)
        key = country.api.services.live_key
        cameras = [camera for n in STATIONS for camera in country.stations[n].camera_ids]
        with streamer_process(ports, key), film_on_cameras(film, cameras, ports, key):
            yield country, ports


@pytest.fixture
def nine_live(live_country, browser):
    """The wall with nine live pictures, in a window of its own."""
    country, _ = live_country
    context = Windows(browser, country.url).open(Role.OPERATOR, language="en")
    page = context.new_page()
    page.goto(f"{country.url}/wall?size=live&q={SEARCH}")
    page.wait_for_function(NINE, timeout=WITHIN_MS)
    yield page
    context.close()


def all_have_more(page, frames):
    """Whether each picture has had so many more since, however often it was lost meanwhile."""
    last = page.evaluate(FRAMES)
    gained = dict.fromkeys(last, 0)

    def look():
        for camera, shown in page.evaluate(FRAMES).items():
            before = last.get(camera, 0)
            gained[camera] = gained.get(camera, 0) + shown - (before if shown >= before else 0)
            last[camera] = shown
        return len(gained) == 9 and min(gained.values()) >= frames

    return look


def offers_of(page):
    """The sessions that a page asks for from now on."""
    offers = []

    def note(request):
        if request.method == "POST" and "/whep/" in request.url:
            offers.append(request.url)

    page.on("request", note)
    return offers


@pytest.mark.timeout(540)
def test_a_narrow_link_is_told_of_and_nine_pictures_on_a_good_one_go_on(
    live_country, nine_live, browser
):
    country, ports = live_country
    with Relay(ports.udp, conditions_of("narrow")) as relay:
        context = Windows(browser, country.url).open(Role.OPERATOR, language="en")
        behind(relay, context)
        page = context.new_page()
        page.goto(f"{country.url}/wall?camera={country.camera('1042', 1)}")
        page.wait_for_function(SAYS, arg=NARROW, timeout=WITHIN_MS)
        wait_until(all_have_more(nine_live, 15), within_s=180, what="nine pictures go on")
        wait_until(lambda: nine_live.evaluate(SAID) == [], within_s=60, what="all say live")
        page.wait_for_function(SAYS, arg=NARROW, timeout=WITHIN_MS)  # but while it tries again
        relay.become(Conditions())
        page.wait_for_function(SAYS, arg="Live", timeout=WITHIN_MS)
        # Its router forgets it: the same session goes on from another address.
        offers, shown = offers_of(page), page.evaluate(SHOWN)
        relay.move()
        page.wait_for_function(MORE, arg=shown + 20, timeout=WITHIN_MS)
        assert offers == []
        context.close()


@pytest.mark.timeout(540)
def test_where_a_station_publishes_a_smaller_picture_a_narrow_link_gets_that(
    live_country, browser, tmp_path
):
    country, ports = live_country
    camera_id, key = country.camera("3002", 1), country.api.services.live_key
    film = encode_film(tmp_path / "small.mp4", *SMALL_FILM)
    with (
        film_on_cameras(film, [camera_id], ports, key, LiveStream.SMALLER),
        Relay(ports.udp, conditions_of("narrow")) as relay,
    ):
        context = Windows(browser, country.url).open(Role.OPERATOR, language="en")
        behind(relay, context)
        page = context.new_page()
        page.goto(f"{country.url}/wall?camera={camera_id}")
        page.wait_for_function(SAYS, arg=SMALLER, timeout=WITHIN_MS)
        page.wait_for_function(WIDTH, arg=160, timeout=WITHIN_MS)
        shown = page.evaluate(SHOWN)
        page.wait_for_function(MORE, arg=shown + 20, timeout=WITHIN_MS)
        relay.become(Conditions())
        page.wait_for_function(SAYS, arg="Live", timeout=WITHIN_MS)
        page.wait_for_function(WIDTH, arg=320, timeout=WITHIN_MS)
        context.close()
