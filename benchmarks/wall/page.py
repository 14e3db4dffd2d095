"""An operator's wall in Chromium, and what it says of itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from api.auth.rights import Role
from tests.stage.big_fleet import running_big_fleet
from tests.stage.browser import tab_bytes
from tests.stage.windows import Windows

_WATCH = """
window.longTasks_ms = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.longTasks_ms.push(one.duration);
}).observe({ type: "longtask", buffered: true });
"""
_SCROLL = """async (screens) => {
  const view = document.getElementById("tiles");
  const range = Math.min(view.scrollHeight - view.clientHeight, screens * view.clientHeight);
  const steps = 60 * screens / 4;
  const gaps_ms = [];
  let before_ms = await new Promise(requestAnimationFrame);
  for (let step = 0; step < steps; step += 1) {
    view.scrollTop = range * (1 - Math.abs(1 - 2 * step / steps));
    const now_ms = await new Promise(requestAnimationFrame);
    gaps_ms.push(now_ms - before_ms);
    before_ms = now_ms;
  }
  return gaps_ms;
}"""
_SCREENS = 40
"""Down and up again, at eight screens a second: faster than anybody reads."""
_READY_MS = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothness:
    """Of one stretch of a page's life."""

    frames: int
    late_frames: int
    """Came more than 50 ms after the one before: a stutter that is seen."""
    worst_frame_ms: int
    long_tasks: int
    longest_task_ms: int
    blocked_ms: int
    """What long tasks took beyond their first 50 ms each: total blocking time (web.dev)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallFigures:
    """The wall with so many cameras."""

    cameras: int
    open_ms: int
    nodes: int
    tab_mib: int
    scrolled: Smoothness
    watched: Smoothness
    """Nobody touches it; heartbeats and stills come."""

    def as_json(self) -> dict[str, object]:
        """Names and numbers."""
        return asdict(self)


def smoothness(gaps_ms: list[float], tasks_ms: list[float]) -> Smoothness:
    """What frames and long tasks say."""
    return Smoothness(
        frames=len(gaps_ms),
        late_frames=sum(gap_ms > 50 for gap_ms in gaps_ms),
        worst_frame_ms=round(max(gaps_ms, default=0)),
        long_tasks=len(tasks_ms),
        longest_task_ms=round(max(tasks_ms, default=0)),
        blocked_ms=round(sum(task_ms - 50 for task_ms in tasks_ms)),
    )


def measure(browser: Browser, folder: Path, stations: int, watch_s: float) -> WallFigures:
    """Open the wall of so many stations, leave it alone for a while, then scroll through it."""
    with running_big_fleet(folder, stations) as fleet, _wall(browser, fleet.url) as page:
        opened_ms = page.evaluate("performance.now()")
        page.evaluate("window.longTasks_ms = []")
        page.wait_for_timeout(1000 * watch_s)
        watched = smoothness([], _long_tasks(page))
        gaps_ms = page.evaluate(_SCROLL, _SCREENS)
        return WallFigures(
            cameras=2 * stations,
            open_ms=round(opened_ms),
            nodes=page.evaluate("document.querySelectorAll('*').length"),
            tab_mib=tab_bytes(browser) // 2**20,
            scrolled=smoothness(gaps_ms, _long_tasks(page)),
            watched=watched,
        )


@contextmanager
def _wall(browser: Browser, url: str) -> Iterator[Page]:
    context = Windows(browser, url).open(Role.OPERATOR, theme="dark")
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(f"{url}/wall?size=s")
    page.wait_for_selector(".tiles.is-virtual .tile", timeout=_READY_MS)
    yield page
    context.close()


def _long_tasks(page: Page) -> list[float]:
    """Those since they were asked for last."""
    tasks_ms: list[float] = page.evaluate("window.longTasks_ms.splice(0)")
    return tasks_ms
