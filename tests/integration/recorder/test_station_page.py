"""The page that a station serves on site: real cameras, a real socket, no centre."""

import re
from copy import copy
from http import HTTPStatus

import av
import httpx
import pytest
from markupsafe import escape

from core.ui.catalogue import texts_in
from core.ui.languages import Language
from core.wire.heartbeat import Picture
from recorder.page.pin_gate import OF_ADDRESS
from recorder.probe.still import BYTES_MAX, WIDTH_MAX
from tests.parts.live_film import live_film
from tests.parts.rtsp import RtspCameras
from tests.parts.standing_clock import StandingClock
from tests.parts.station_page import PIN, running_station, served_page
from tests.waiting import PATIENCE_S, wait_until

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return live_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture(scope="module")
def running(tmp_path_factory, film):
    """Two cameras: one on the network, one played from a file."""
    with RtspCameras({"camera": f"file:{film}"}) as cameras:
        addresses = [cameras.url("camera"), str(film)]
        with running_station(tmp_path_factory.mktemp("station"), addresses) as running:
            wait_until(running.has_stills, within_s=PATIENCE_S, what="both cameras were looked at")
            yield running


@pytest.fixture
def http(running):
    """A browser that has not given the PIN, at a page that knows nobody."""
    with served_page(running.station) as url, browser_at(url) as client:
        # Where the disk is slow, a page answers before it has its first report.
        knows = "the page knows of its cameras"
        wait_until(lambda: "Урны" in client.get("/").text, within_s=PATIENCE_S, what=knows)
        yield client


def browser_at(url):
    return httpx.Client(base_url=url, timeout=PATIENCE_S)


def words(language, name, **values):
    """A text as it stands in a page."""
    return str(escape(texts_in(language)(name, **values)))


def give_pin(http, pin, lang="en"):
    return http.post(f"/pin?lang={lang}", data={"pin": pin})


def still_paths(page):
    return re.findall(r'src="(/stills/[^"]+)"', page)


@pytest.mark.parametrize("language", list(Language))
def test_the_page_says_in_each_language_that_both_cameras_record(http, language):
    def page():
        return http.get("/", params={"lang": language.value}).text

    both_record = words(language, "headline.both_record")
    wait_until(lambda: both_record in page(), within_s=PATIENCE_S, what="both record")
    shown = page()
    assert f'<html lang="{language.value}">' in shown
    assert words(language, "headline.link_never") in shown
    assert words(language, "station.title", number="1042") in shown
    assert "Школа № 5" in shown
    assert words(language, "pin.title") in shown


@pytest.mark.parametrize(
    ("accepted", "language"), [("ky,ru;q=0.8", "ky"), ("en-GB,en", "en"), ("de", "ru"), ("", "ru")]
)
def test_without_a_wish_the_browser_decides_and_russian_stands_in(http, accepted, language):
    shown = http.get("/", headers={"accept-language": accepted}).text
    assert f'<html lang="{language}">' in shown


def test_without_the_pin_there_are_words_and_no_pictures(http, running):
    assert still_paths(http.get("/").text) == []
    answer = http.get(f"/stills/{running.camera_ids[0]}.jpg")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "PIN" in answer.json()["detail"]
    assert b"\xff\xd8" not in answer.content


def test_with_the_pin_each_camera_has_a_fresh_small_picture(http):
    assert give_pin(http, PIN).headers["location"] == "/?lang=en"
    page = http.get("/").text
    assert 'name="pin"' not in page
    paths = still_paths(page)
    assert len(paths) == 2
    for path in paths:
        still = http.get(path)
        assert still.headers["content-type"] == "image/jpeg"
        assert still.headers["cache-control"] == "no-store"
        assert len(still.content) <= BYTES_MAX
        assert decoded(still.content).width <= WIDTH_MAX


def decoded(jpeg):
    decoder = av.CodecContext.create("mjpeg", "r")
    return [*decoder.decode(av.Packet(jpeg)), *decoder.decode(None)][0]


def test_pictures_follow_one_another(http):
    give_pin(http, PIN)
    first = still_paths(http.get("/").text)

    def has_newer():
        return all(a != b for a, b in zip(first, still_paths(http.get("/").text), strict=True))

    wait_until(has_newer, within_s=PATIENCE_S, what="both cameras have a newer picture")


def test_real_footage_is_a_good_picture(running):
    def are_good():
        return [running.station.look(i).picture for i in running.camera_ids] == [Picture.OK] * 2

    wait_until(are_good, within_s=PATIENCE_S, what="both pictures are good")


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(http):
    cookie = give_pin(http, PIN).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert PIN not in cookie


def test_a_wrong_pin_is_told_and_stays_told_when_the_page_refreshes(http):
    answer = give_pin(http, "000000")
    wrong = words(Language.EN, "pin.wrong")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "set-cookie" not in answer.headers
    assert wrong in answer.text
    assert wrong in http.get("/?lang=en").text


def test_too_many_wrong_pins_shut_even_the_right_one_out_for_a_while(running):
    station, clock = copy(running.station), StandingClock()
    station.clock = clock
    with served_page(station) as url, browser_at(url) as http:
        for _ in range(OF_ADDRESS.free + 2):
            wait_and_give(http, "000000", clock)
        answer = give_pin(http, PIN)
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert int(answer.headers["retry-after"]) >= 1
        assert words(Language.EN, "pin.too_many", wait="")[:20] in answer.text
        assert http.get("/metrics", auth=("prometheus", PIN)).status_code == 429
        assert wait_and_give(http, PIN, clock).status_code == HTTPStatus.SEE_OTHER


def wait_and_give(http, pin, clock):
    """As a patient person: wait as long as the page says."""
    answer = give_pin(http, pin)
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        clock.advance(int(answer.headers["retry-after"]))
        answer = give_pin(http, pin)
    assert answer.status_code != HTTPStatus.TOO_MANY_REQUESTS
    return answer


def test_figures_are_for_who_has_the_pin(http):
    assert http.get("/metrics").status_code == HTTPStatus.UNAUTHORIZED
    wrong = http.get("/metrics", auth=("prometheus", "000000"))
    assert wrong.status_code == HTTPStatus.UNAUTHORIZED
    assert wrong.headers["www-authenticate"].startswith("Basic")
    see_figures(http, auth=("prometheus", PIN))
    see_figures(http, headers={"authorization": f"Bearer {PIN}"})
    give_pin(http, PIN)
    see_figures(http)


def see_figures(http, **given):
    def text():
        answer = http.get("/metrics", **given)
        assert answer.status_code == HTTPStatus.OK
        return answer.text

    assert 'pollcam_agent_camera_recorded_bytes_total{camera="1"}' in text()
    good = 'pollcam_agent_camera_picture{camera="2",picture="ok"} 1.0'
    wait_until(lambda: good in text(), within_s=PATIENCE_S, what="its picture is good")


def test_no_answer_tells_an_address_or_a_secret(http, running):
    give_pin(http, PIN)
    for path in ("/", "/metrics", "/healthz", "/nowhere"):
        text = http.get(path).text
        assert "rtsp://" not in text
        assert ".mp4" not in text
        assert "argon2" not in text
        assert PIN not in text


def test_healthz_says_in_words_that_the_loops_turn(http):
    answer = http.get("/healthz")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["duties"].values()) == {"turns"}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", "/static/ui/station.js", "/metrics"])
def test_every_answer_lets_nothing_in_from_elsewhere(http, path):
    headers = http.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] in ("no-store", "no-cache")


def test_the_page_holds_no_script_and_no_style_of_its_own(http):
    page = http.get("/").text
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert "<style" not in page
    assert not re.search(r"\s(?:style|on\w+)=", page)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", b"", 404),
        ("GET", "/stills/not-a-camera.jpg", b"", 404),
        ("GET", "/static/ui/../station_view.py", b"", 404),
        ("POST", "/", b"", 405),
        ("POST", "/pin", b"pin=" + b"1" * 5000, 400),
        ("POST", "/pin", b"\xff\xfe", 400),
        ("POST", "/pin", b"", 403),
    ],
)
def test_nonsense_gets_a_clear_answer(http, method, path, body, status):
    answer = http.request(method, path, content=body, headers=FORM)
    assert answer.status_code == status
    assert answer.text


def test_a_camera_that_is_not_ours_has_no_picture(http):
    give_pin(http, PIN)
    answer = http.get("/stills/00000000-0000-0000-0000-000000000000.jpg")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "no picture" in answer.json()["detail"]


def test_whoever_mistypes_the_address_is_led_to_the_page(http):
    answer = http.get("/wall", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (HTTPStatus.SEE_OTHER, "/")


def test_links_of_an_answered_form_lead_back_to_the_page(http):
    answer = http.get("/pin?lang=ky")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["location"] == "/?lang=ky"


def test_a_camera_that_is_cut_is_named_on_the_page(tmp_path, film):
    with RtspCameras({"camera": f"file:{film}"}) as cameras:
        addresses = [str(film), cameras.url("camera")]
        with (
            running_station(tmp_path, addresses) as running,
            served_page(running.station) as url,
            browser_at(url) as http,
        ):

            def says(name, **values):
                return words(Language.EN, name, **values) in http.get("/?lang=en").text

            wait_until(
                lambda: says("headline.both_record"), within_s=PATIENCE_S, what="both record"
            )
            cameras.close()
            is_named = "the cut camera is named, and what to do"
            wait_until(
                lambda: (
                    says("headline.not_recording", n=2)
                    and says("advice.camera_unreachable")
                    and says("headline.camera_records", n=1)
                ),
                within_s=PATIENCE_S,
                what=is_named,
            )
