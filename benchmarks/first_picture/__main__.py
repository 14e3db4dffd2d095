"""`make bench-first-picture`: from the click on a tile to the first live picture, in a browser."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

_CHROMIUM = os.environ.get("POLLCAM_TEST_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_FIRST_PICTURE = "() => performance.getEntriesByName('picture.first').map((one) => one.duration)"
_GOAL_MS = 2000


def main() -> int:
    """Click, wait, go back, again; print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--stations", type=int, default=4)
    chosen = parser.parse_args()
    with demo(chosen.stations) as facts, _signed_in(facts) as page:
        cameras = [
            str(camera["id"])
            for station in facts["stations"]
            if station["mode"] == "online"
            for camera in station["cameras"]
        ]
        _say(f"{chosen.clicks} clicks on tiles of {len(cameras)} online cameras")
        waits_ms = list(_clicks(page, cameras, chosen.clicks))
    figures = _figures(waits_ms)
    _say(f"median {figures['median_ms']} ms, worst {figures['worst_ms']} ms, goal {_GOAL_MS} ms")
    print(json.dumps(figures))
    return 0


@contextmanager
def demo(stations: int) -> Iterator[dict[str, Any]]:
    """A demo of its own; gives what it says when it is ready."""
    with tempfile.TemporaryDirectory(prefix="bench-first-picture-") as folder:
        command = [sys.executable, "-m", "cli", "demo", "--json", "--data", folder, "--port", "0"]
        _say("starting the demo")
        with subprocess.Popen(
            [*command, "--stations", str(stations)], stdout=subprocess.PIPE
        ) as demo:
            assert demo.stdout is not None
            line = demo.stdout.readline()
            if not line:
                raise SystemExit("the demo did not become ready")
            try:
                yield json.loads(line)
            finally:
                demo.send_signal(signal.SIGTERM)


@contextmanager
def _signed_in(facts: dict[str, Any]) -> Iterator[Page]:
    account = facts["accounts"]["operator"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=_ARGUMENTS, chromium_sandbox=False
        )
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{facts['url']}/sign-in")
        page.fill("#user", account["user"])
        page.fill("#password", account["password"])
        page.press("#password", "Enter")
        page.wait_for_selector(".tiles.is-virtual .tile")
        yield page
        browser.close()


def _clicks(page: Page, cameras: Sequence[str], count: int) -> Iterator[float]:
    for number in range(count):
        page.click(f'.tile[data-camera="{cameras[number % len(cameras)]}"]')
        page.wait_for_selector("#live video:not([hidden])", timeout=60_000)
        waits_ms = page.evaluate(_FIRST_PICTURE)
        yield waits_ms[-1]
        page.keyboard.press("Escape")
        page.wait_for_selector("#camera:not([open])", state="attached")


def _figures(waits_ms: Sequence[float]) -> dict[str, object]:
    return {
        "clicks": len(waits_ms),
        "median_ms": round(statistics.median(waits_ms)),
        "worst_ms": round(max(waits_ms)),
        "within_goal": sum(wait_ms <= _GOAL_MS for wait_ms in waits_ms) / len(waits_ms),
        "goal_ms": _GOAL_MS,
        "load_of_machine": round(psutil.getloadavg()[0], 1),
        "waits_ms": [round(wait_ms) for wait_ms in waits_ms],
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
