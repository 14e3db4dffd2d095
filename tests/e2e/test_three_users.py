"""The three users' main jobs on the real demo, by a real browser: watch, look up, repair."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import pytest
from playwright.sync_api import Browser, Page

from core.clock import SystemClock
from core.timerange import TimeRange
from tests.parts.burnt_in import READ_VIDEO_JS, BurntIn, from_blocks, from_picture
from tests.parts.demo import RunningDemo, running_demo
from tests.parts.film import encode_film
from tests.parts.rtsp import RtspCameras
from tests.stage.browser import DESKTOP, PHONE, new_window, sign_in
from tests.waiting import wait_until

_ZONE = ZoneInfo("Asia/Bishkek")
_SECOND = timedelta(seconds=1)
_TAKEN_S = 12
_NAMED_S = 15
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Day:
    """A demo with one camera more, which can be cut."""

    demo: RunningDemo
    browser: Browser
    rtsp: RtspCameras

    def page_of(self, role: str, **settings: object) -> Page:
        account = self.demo.facts["accounts"][role]
        context = new_window(
            self.browser, viewport=DESKTOP, locale="en-GB", accept_downloads=True, **settings
        )
        page = context.new_page()
        sign_in(page, self.demo.facts["url"], account["user"], account["password"])
        return page


@pytest.fixture(scope="module")
def day(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("three-users") / "data"
    film = encode_film(
        folder.with_name("hall.mp4"), "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=10",
        "-t", "600", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    with (
        RtspCameras({"hall": f"file:{film}"}) as rtsp,
        running_demo(folder, "--stations", "2", "--camera", rtsp.url("hall")) as demo,
    ):
        yield Day(demo=demo, browser=browser, rtsp=rtsp)


def shown(page: Page, video: str) -> BurntIn | None:
    """What the picture on screen says of itself."""
    blocks = page.locator(video).evaluate(READ_VIDEO_JS)
    return from_blocks(blocks) if blocks else None


def advances(page: Page, video: str) -> Callable[[], bool]:
    """Whether the counter in the picture goes up from one look to the next."""
    seen: list[int] = []

    def look() -> bool:
        picture = shown(page, video)
        if picture is not None:
            seen.append(picture.counter)
        return len(seen) > 2 and sorted(set(seen[-3:])) == seen[-3:]

    return look


def test_an_operator_clicks_a_tile_and_the_live_picture_moves(day: Day):
    page = day.page_of("operator")
    camera = day.demo.facts["stations"][0]["cameras"][0]["id"]
    page.click(f'.tiles.is-virtual .tile[data-camera="{camera}"]')
    page.wait_for_selector("#live video:not([hidden])")
    moves = advances(page, "#live video")
    wait_until(moves, within_s=60, what="the frame counter advances")
    wait_until(lambda: is_of_now(page), within_s=60, what="what is shown is of now, and said so")
    page.context.close()


def is_of_now(page: Page) -> bool:
    picture, now_utc = shown(page, "#live video"), SystemClock().utc()
    if picture is None or abs(now_utc - picture.time_utc) > timedelta(seconds=10):
        return False
    return page.text_content("#live [data-live]").startswith("Live")


def archived(day: Day, camera: str) -> TimeRange | None:
    """The newest stretch that the archive holds, once it is long enough to choose from."""
    now_utc = SystemClock().utc()
    asked = {"start": (now_utc - timedelta(hours=1)).isoformat(), "end": now_utc.isoformat()}
    with day.demo.client("auditor") as auditor:
        told = auditor.get(f"/api/v1/cameras/{camera}/coverage", params=asked).json()
    spans = [
        TimeRange(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]))
        for one in told["spans"]
        if one["state"] == "recorded"
    ]
    return next((one for one in spans if one.duration > timedelta(seconds=2 * _TAKEN_S)), None)


def jump(page: Page, at_utc: datetime) -> None:
    page.fill("#time", f"{at_utc.astimezone(_ZONE):%H:%M:%S}")
    page.press("#time", "Enter")

    def is_there() -> bool:
        told = page.get_attribute("#clock", "title")
        return bool(told) and abs(datetime.fromisoformat(told) - at_utc) < _SECOND

    wait_until(is_there, within_s=60, what=f"the clock shows {at_utc}")


def test_an_auditor_plays_a_minute_and_takes_it_away(day: Day, tmp_path: Path):
    station = day.demo.facts["stations"][0]
    camera = station["cameras"][0]["id"]
    wait_until(lambda: archived(day, camera) is not None, within_s=200, what="there is footage")
    page = day.page_of("auditor")
    page.fill("#station", station["number"])
    page.press("#station", "Enter")
    start_utc = minute_without_a_hold_up(page, archived(day, camera))
    page.keyboard.press("Space")
    wait_until(advances(page, "#video"), within_s=60, what="it plays")
    page.keyboard.press("Space")
    jump(page, start_utc)
    page.keyboard.press("[")
    jump(page, start_utc + _TAKEN_S * _SECOND)
    page.keyboard.press("]")
    page.wait_for_selector('#planned[data-ok="yes"]')
    page.fill("#reason", "A complaint, case 12")
    page.click("#export .button.main")
    page.wait_for_selector("#export .form-answer a.button")
    with page.expect_download() as download:
        page.click("#export .form-answer a.button")
    package = tmp_path / "export.zip"
    download.value.save_as(package)
    page.context.close()
    folder = tmp_path / "export"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    assert_every_hash_matches(folder)
    assert_clips_hold(folder, TimeRange(start_utc, start_utc + _TAKEN_S * _SECOND))


def minute_without_a_hold_up(page: Page, recorded: TimeRange) -> datetime:
    """Where what is taken may begin: both its ends show what was asked for.

    A simulated camera that is held up for a second leaves pictures out, as a real one would.
    """
    first_utc = recorded.start_utc.replace(microsecond=0)
    for start_utc in (first_utc + n * _SECOND for n in (3, 6, 9)):
        if shows(page, start_utc + _TAKEN_S * _SECOND) and shows(page, start_utc):
            return start_utc
    raise AssertionError(f"no picture from {recorded} is of the time that was asked for")


def shows(page: Page, at_utc: datetime) -> bool:
    """Whether the clock that is burnt into the picture is the one that was asked for."""
    jump(page, at_utc)
    wait_until(lambda: shown(page, "#video") is not None, within_s=60, what="there is a picture")

    def is_near() -> bool:
        picture = shown(page, "#video")
        return picture is not None and abs(picture.time_utc - at_utc) <= _SECOND

    with suppress(AssertionError):
        wait_until(is_near, within_s=30, what=f"the picture is of {at_utc}")
    return is_near()


def assert_every_hash_matches(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert set(sums) == files - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    manifest = json.loads((folder / "manifest.json").read_text())
    signed = (folder / "evidence" / "entries.txt").read_text()
    for clip in manifest["clips"]:
        content = (folder / clip["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == clip["sha256"]
        for segment in clip["segments"]:
            piece = content[segment["offset"] : segment["offset"] + segment["size_bytes"]]
            assert hashlib.sha256(piece).hexdigest() == segment["sha256"]
            assert segment["sha256"] in signed


def assert_clips_hold(folder: Path, wanted: TimeRange) -> None:
    """Each plays from its start for as long as its segments say, and what was asked is in them."""
    manifest = json.loads((folder / "manifest.json").read_text())
    times: list[datetime] = []
    for clip in manifest["clips"]:
        told_s = sum(segment["duration_s"] for segment in clip["segments"])
        with av.open(str(folder / clip["file"])) as container:
            assert float(container.duration / av.time_base) == pytest.approx(told_s, abs=0.15)
            frames = list(container.decode(video=0))
        assert frames[0].pts == 0
        found = [from_picture(frame.to_ndarray(format="gray")) for frame in frames]
        counters = [one.counter for one in found if one]
        assert counters == list(range(counters[0], counters[0] + len(frames)))
        times += [one.time_utc for one in found if one]
    assert min(times) <= wanted.start_utc + _SECOND
    assert max(times) >= wanted.end_utc - _SECOND


def test_a_technician_is_told_of_a_camera_that_was_cut(day: Day):
    station = next(s for s in day.demo.facts["stations"] if len(s["cameras"]) == 1)
    context = new_window(day.browser, viewport=PHONE, locale="en-GB")
    page = context.new_page()
    page.goto(f"{station['page']}/?lang=en")
    page.fill("#pin", station["pin"])
    page.press("#pin", "Enter")
    page.wait_for_selector("button.picture img")
    until_headline(page, "The camera records.")
    # A machine that is held up meanwhile names it later: that says nothing of the page.
    named_s = next((s for _ in range(_TRIES) if (s := cut_off(page, day)) <= _NAMED_S), None)
    assert named_s is not None
    context.close()


def cut_off(page: Page, day: Day) -> float:
    """Let the camera fall silent and come back; how long the page took to name it."""
    clock = SystemClock()
    begun_s = clock.monotonic_s()
    day.rtsp.fall_silent()
    try:
        until_headline(page, "Camera 1 does not record.")
        named_s = clock.monotonic_s() - begun_s
        page.wait_for_selector(".camera .troubles .notice")
    finally:
        day.rtsp.go_on()
    until_headline(page, "The camera records.")
    return named_s


def until_headline(page: Page, words: str) -> None:
    said = ".headline li:first-child"
    wait_until(lambda: page.text_content(said).strip() == words, within_s=90, what=words)
