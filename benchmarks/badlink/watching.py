"""Viewers in Chromium: what it counts of the picture from one moment to another."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TookTooLongError

from benchmarks.badlink.engines import Watched
from benchmarks.badlink.stage import Window

_FIRST_WITHIN_MS = 15_000
_STANDS_STILL_S = 0.5
"""A picture at the end of the window that is older was frozen, and is not yet counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a viewer had of the picture."""

    freeze_s_per_min: float
    freezes: int
    pictures_per_s: float
    lost_share: float
    """Of the packets, as the viewer counts them: what was repeated in time is not lost."""
    requests: int
    """For lost packets."""
    keyframe_requests: int
    state: str


class Viewer:
    """One tab.

    Args:
        window: Where.
        engine: What it watches.
        relay_port: Through which relay; None: straight.
    """

    def __init__(self, window: Window, engine: Watched, relay_port: int | None) -> None:
        self._page: Page = window.browser.new_page()
        self._page.goto(window.page_url)
        asked = [engine.whep_url, engine.whep_token, relay_port]
        self._page.evaluate("([url, token, relay]) => window.begin(url, token, relay)", asked)
        self._before: Mapping[str, float] = {}

    def wait_first(self) -> None:
        """Wait for its first picture; one that has none in a while counts as frozen."""
        with suppress(TookTooLongError):
            self._page.wait_for_function("window.first !== undefined", timeout=_FIRST_WITHIN_MS)

    def begin(self) -> None:
        """Count from now on."""
        self._before = self._page.evaluate("window.counted()")

    def seen(self, window_s: float) -> Seen:
        """What it had since `begin`."""
        after, before = self._page.evaluate("window.counted()"), self._before
        more = {name: after[name] - before[name] for name in before if name != "state"}
        if not after["decoded"]:
            after["since_last_s"] = window_s
        still_s = after["since_last_s"] if after["since_last_s"] > _STANDS_STILL_S else 0.0
        frozen_s = min(window_s, more["frozen_s"] + still_s)
        whole = max(1, more["received"] + more["lost"])
        return Seen(
            freeze_s_per_min=round(frozen_s * 60 / window_s, 2),
            freezes=int(more["freezes"]) + bool(still_s),
            pictures_per_s=round(more["decoded"] / window_s, 2),
            lost_share=round(max(0, more["lost"]) / whole, 4),
            requests=int(more["nacks"]),
            keyframe_requests=int(more["plis"]),
            state=str(after["state"]),
        )

    def close(self) -> None:
        """Leave."""
        self._page.close()
