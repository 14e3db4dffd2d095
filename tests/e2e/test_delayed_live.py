"""Live where WebRTC cannot be had: delayed, by HLS, and said so; direct again when it can."""

from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest

from api.auth.rights import Role
from tests.parts.bad_link import Conditions
from tests.parts.bad_relay import Relay
from tests.parts.film import encode_film
from tests.parts.free_port import free_port
from tests.parts.streamer_process import Ports, film_on_cameras, streamer_process
from tests.stage.country import running_country
from tests.stage.recording import BEFORE, PIECE_S, recorder_of, recording
from tests.stage.relayed import behind
from tests.stage.windows import Windows

WITHIN_MS = 120_000
SOME_TRIES_MS = 240_000
"""The first comes after half a minute; a machine that is busy may miss one."""
DELAYED, GIVEN_UP, WAITING = "Delayed by about", "No live picture; the recording", "Waiting for"
FILM = (
    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5", "-t", "20", "-c:v", "libx264",
    "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "10",
    "-sc_threshold", "0",
)  # fmt: skip
SAYS = """(text) => document.querySelector('[data-live][role=status]')
    ?.textContent.startsWith(text)"""
TILES_SAY = """(text) => [...document.querySelectorAll('.tile .label')]
    .filter((label) => label.textContent.startsWith(text)).length === 2"""
MOVES = """() => { const video = [...document.querySelectorAll('#live video')].at(-1);
    const place = video.hidden ? 0 : video.currentTime; window.place ??= place;
    return place > window.place + 3; }"""
WATCH_FOR_DARKNESS = """() => { if (window.looks) return;
    window.looks = 0; window.dark = 0;
    const isThere = (one) => !one.hidden && (one.readyState >= 2 || one.naturalWidth > 0);
    const look = () => { window.looks += 1;
      if (![...document.querySelectorAll('#live :is(video, img)')].some(isThere)) window.dark += 1;
      requestAnimationFrame(look); };
    look(); }"""
PLAY = """async (camera) => {
    const { LivePlayer } = await import("/static/web/js/live_player.js");
    const view = document.createElement("div");
    const video = Object.assign(document.createElement("video"), { muted: true });
    view.append(video);
    document.body.append(view);
    window.phases = [];
    window.view = view;
    window.player = new LivePlayer(video, `/api/v1/cameras/${camera}/live`,
        ({ phase }) => window.phases.push(phase));
    window.player.start(); }"""
PLAYS_ONE = """(ending) => window.player.pictures.length === 1 &&
    window.player.pictures[0].url.endsWith(ending) && window.phases.at(-1) === "delayed" &&
    window.view.querySelectorAll("video").length === 2"""
PLAYS_NONE = """() => ["retrying", "failed"].includes(window.phases.at(-1)) &&
    window.view.querySelectorAll("video").length === 1"""
IN_BETWEEN = """() => window.phases.slice(window.phases.indexOf("delayed"))
    .filter((phase) => !["delayed", "stalled"].includes(phase))"""
OF_ANY_ORIGIN = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-allow-methods": "*",
}


@pytest.fixture(scope="module")
def live_country(tmp_path_factory):
    """A country with a station whose two cameras are live and recorded; where its media is."""
    folder, ports, port = tmp_path_factory.mktemp("delayed"), Ports(), free_port()
    film = encode_film(tmp_path_factory.mktemp("film") / "film.mp4", *FILM)
    served = {"port": port, "public_url": f"http://127.0.0.1:{port}", "streamer_url": ports.url}
    with running_country(folder, with_recordings=False, **served) as country:
        country.set_calm(is_calm=True)
        key, station = country.api.services.live_key, country.stations["1042"]
        with (
            streamer_process(ports, key),
            film_on_cameras(film, station.camera_ids, ports, key),
            recording(station, 1, 2),
        ):
            yield country, ports


@pytest.fixture(scope="module")
def windows(live_country, browser):
    country, _ = live_country
    return Windows(browser, country.url)


@pytest.fixture(scope="module")
def closed(live_country, windows):
    """An open camera and the wall, in windows from which no UDP gets to the streamer."""
    country, ports = live_country
    cameras = country.stations["1042"].camera_ids
    places = ("panel", cameras[0]), ("wall", cameras[0]), ("wall", cameras[1])
    with ExitStack() as stack:
        contexts = {name: windows.open(Role.OPERATOR, language="en") for name in ("panel", "wall")}
        relays = []
        for name, camera in places:
            relay = stack.enter_context(Relay(ports.udp, Conditions()))
            relay.cut(is_cut=True)
            behind(relay, contexts[name], camera)
            relays.append(relay)
        panel, wall = contexts["panel"].new_page(), contexts["wall"].new_page()
        panel.goto(f"{country.url}/wall?camera={cameras[0]}")
        wall.goto(f"{country.url}/wall?size=live&q=1042")
        yield SimpleNamespace(relays=relays, panel=panel, wall=wall)
        for context in contexts.values():
            context.close()


@pytest.fixture
def page_answered(live_country, windows):
    """Opens a camera in a window where every offer is answered by a status; and what was asked."""
    country, _ = live_country
    context = windows.open(Role.OPERATOR, language="en")

    def open_page(status, address):
        def answer(route):
            is_asked = route.request.method == "POST"
            route.fulfill(status=status if is_asked else 204, headers=OF_ANY_ORIGIN)

        context.route("**/whep/**", answer)
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{country.url}/wall?{address}")
        return page, asked

    yield open_page
    context.close()


def test_without_udp_the_picture_comes_delayed_moves_and_says_so(closed):
    closed.panel.wait_for_function(SAYS, arg=DELAYED, timeout=WITHIN_MS)
    closed.panel.evaluate(WATCH_FOR_DARKNESS)
    closed.panel.wait_for_function(MOVES, timeout=WITHIN_MS)
    closed.panel.wait_for_selector("[data-why-delayed]", state="visible")
    closed.panel.wait_for_selector("#live:not(.is-old)")
    closed.wall.wait_for_function(TILES_SAY, arg=DELAYED, timeout=WITHIN_MS)


def test_a_streamer_that_is_full_leaves_the_delayed_picture(live_country, page_answered):
    country, _ = live_country
    page, _ = page_answered(503, f"camera={country.camera('1042', 1)}")
    page.wait_for_function(SAYS, arg=DELAYED, timeout=WITHIN_MS)
    page.wait_for_function(MOVES, timeout=WITHIN_MS)


@pytest.mark.parametrize(("status", "said"), [(403, GIVEN_UP), (409, WAITING)])
def test_who_may_not_look_and_a_silent_camera_get_no_delayed_picture(
    live_country, page_answered, status, said
):
    country, _ = live_country
    page, asked = page_answered(status, f"camera={country.camera('1042', 1)}")
    page.wait_for_function(SAYS, arg=said, timeout=WITHIN_MS)
    assert [url for url in asked if "/hls/" in url] == []


def test_kept_pictures_are_not_shown_as_live(live_country, page_answered):
    country, _ = live_country
    station = country.stations["5208"]
    kept = recorder_of(station, 1, 90 + BEFORE * PIECE_S)
    kept.record_until(kept.next_utc + timedelta(seconds=BEFORE * PIECE_S))
    page, asked = page_answered(503, f"camera={station.camera_ids[0]}")
    page.wait_for_function(SAYS, arg=GIVEN_UP, timeout=WITHIN_MS)
    assert [url for url in asked if url.endswith(".m3u8")]
    assert [url for url in asked if url.endswith(".m4s")] == []


def test_a_path_is_left_for_a_new_one_and_what_gets_old_is_shown_no_more(
    live_country, page_answered
):
    country, _ = live_country
    page, _ = page_answered(503, "q=zzz")

    def answer_of_before(route):
        told = route.fetch()
        before = told.text().replace("live.m3u8", "live.m3u8?before")
        route.fulfill(response=told, body=before)

    page.route("**/live", answer_of_before)
    page.evaluate(PLAY, str(country.camera("1042", 2)))
    page.wait_for_function(PLAYS_ONE, arg="?before", timeout=WITHIN_MS)
    page.unroute("**/live")
    page.evaluate("window.player.direct.hurry()")
    page.wait_for_function(PLAYS_ONE, arg="live.m3u8", timeout=WITHIN_MS)
    assert page.evaluate(IN_BETWEEN) == []
    # A minute later by the server's clock, and nothing has been recorded since.
    page.evaluate("window.player.pictures[0].serverAhead_ms += 60_000")
    page.wait_for_function(PLAYS_NONE, timeout=WITHIN_MS)


@pytest.mark.timeout(540)
def test_when_udp_comes_through_the_direct_picture_is_back_with_no_dark_moment(closed):
    closed.panel.wait_for_function(SAYS, arg=DELAYED, timeout=WITHIN_MS)
    closed.panel.evaluate(WATCH_FOR_DARKNESS)
    for relay in closed.relays:
        relay.cut(is_cut=False)
    closed.panel.wait_for_function(SAYS, arg="Live", timeout=SOME_TRIES_MS)
    closed.wall.wait_for_function(TILES_SAY, arg="Live", timeout=SOME_TRIES_MS)
    one_video = "() => document.querySelectorAll('#live video').length === 1"
    closed.panel.wait_for_function(one_video, timeout=WITHIN_MS)
    closed.panel.wait_for_selector("[data-why-delayed]", state="hidden")
    assert closed.panel.evaluate("window.dark") == 0
    assert closed.panel.evaluate("window.looks") > 20
