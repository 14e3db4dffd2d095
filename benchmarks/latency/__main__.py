"""`make bench-latency`: first picture and age of the picture in Chromium; peer: MEDIAMTX=path."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Browser, sync_playwright

from benchmarks.fanout.engines import PollcamServer, ending, mediamtx_server, wait_listening
from benchmarks.ingest.engines import Target
from benchmarks.latency.page import serving_page
from core.live_token import LiveAction
from tests.parts.burnt_in import from_blocks
from tests.stage.browser import ARGUMENTS, CHROMIUM

GOP_S = 4
_FPS = 25
_CAMERA = f"test:bench?size=640x360&fps={_FPS}&gop={GOP_S * _FPS}&kbps=1000"
_FIRST_WITHIN_MS = 30_000
_SETTLE_S = 2.0
_SAMPLED_S = 2.0


def watch(browser: Browser, page_url: str, whep: Target) -> tuple[float, list[float]]:
    """Click once: milliseconds to the first picture, and the ages of later ones."""
    page = browser.new_page()
    try:
        page.goto(page_url)
        page.evaluate("([url, token]) => window.begin(url, token)", list(whep))
        page.wait_for_function("window.first !== undefined", timeout=_FIRST_WITHIN_MS)
        time.sleep(_SETTLE_S)
        page.evaluate("window.isSampling = true")
        time.sleep(_SAMPLED_S)
        first_ms, samples = page.evaluate("[window.first, window.samples]")
    finally:
        page.close()
    return first_ms, [age for age in map(_age_ms, samples) if age is not None]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median and the value that one in twenty exceeds."""
    cut = quantiles(values, n=20, method="inclusive")
    return {"p50": round(cut[9], 1), "p95": round(cut[18], 1)}


def main() -> int:
    """Measure the engines in turns, print a table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-latency-")))
        engines = _start(stack, folder)
        page_url = stack.enter_context(serving_page())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=list(ARGUMENTS), chromium_sandbox=False
        )
        time.sleep(GOP_S * 3)
        firsts: dict[str, list[float]] = {name: [] for name in engines}
        ages: dict[str, list[float]] = {name: [] for name in engines}
        for number in range(asked.rounds):
            for name, whep in engines.items():
                time.sleep(random.uniform(0, 1))
                first_ms, found = watch(browser, page_url, whep)
                firsts[name].append(first_ms)
                ages[name] += found
                _say(f"{number + 1}: {name} {first_ms:.0f} ms, {len(found)} pictures read")
        browser.close()
    figures = {
        name: {"first_frame_ms": percentiles(firsts[name]), "latency_ms": percentiles(ages[name])}
        for name in engines
    }
    for name, found_by in figures.items():
        _say(f"{name:<10} {found_by}")
    print(json.dumps({**figures, "gop_s": GOP_S, "rounds": asked.rounds}))
    return 0


def _start(stack: ExitStack, folder: Path) -> dict[str, Target]:
    """The engines with a camera on each; where each is watched."""
    ours = PollcamServer()
    command, environment = ours.command()
    stack.enter_context(ending(subprocess.Popen(command, env=environment)))
    wait_listening(ours.port)
    camera_id = ours.camera_id(0)
    whep = f"http://127.0.0.1:{ours.port}/whep/{camera_id}"
    targets = [(ours.whip_url(camera_id), ours.token(camera_id, LiveAction.PUBLISH))]
    engines: dict[str, Target] = {"pollcam": (whep, ours.token(camera_id, LiveAction.VIEW))}
    if os.environ.get("MEDIAMTX"):
        binary = Path(os.environ["MEDIAMTX"]).resolve(strict=True)
        server = stack.enter_context(mediamtx_server(binary, folder))
        url = f"http://127.0.0.1:{server.http_port}/camera"
        targets.append((f"{url}/whip", "none"))
        engines["mediamtx"] = (f"{url}/whep", "")
    pairs = [part for target in targets for part in target]
    agents = [sys.executable, "-m", "benchmarks.ingest.agents", _CAMERA, *pairs]
    stack.enter_context(ending(subprocess.Popen(agents)))
    return engines


def _age_ms(sample: tuple[float, list[float] | None]) -> float | None:
    now_ms, blocks = sample
    seen = None if blocks is None else from_blocks(blocks)
    if seen is None:
        return None
    now_utc = datetime.fromtimestamp(now_ms / 1000, UTC)
    return (now_utc - seen.time_utc).total_seconds() * 1000


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
