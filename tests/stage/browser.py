"""Debian's Chromium, driven as a person would."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path(os.environ.get("POLLCAM_TEST_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
PATIENCE_MS = 120_000
"""For what takes a second: only a test that fails waits so long for it."""
DESKTOP = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}


def need_chromium() -> None:
    """Skip where there is none."""
    if not CHROMIUM.is_file():
        pytest.skip(f"{CHROMIUM} is missing: apt install chromium, or set POLLCAM_TEST_CHROMIUM")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """One browser for the time of the block; skips where there is none."""
    need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=list(ARGUMENTS),
            chromium_sandbox=False,
            timeout=PATIENCE_MS,
        )
        try:
            yield browser
        finally:
            browser.close()


def tab_bytes(browser: Browser) -> int:
    """Memory that belongs to the largest tab's process alone."""
    cdp = browser.new_browser_cdp_session()
    told = cdp.send("SystemInfo.getProcessInfo")["processInfo"]
    cdp.detach()
    renderers = [psutil.Process(one["id"]) for one in told if one["type"] == "renderer"]
    return max(process.memory_full_info().uss for process in renderers)


def new_window(browser: Browser, **settings: object) -> BrowserContext:
    """A window that waits for a slow machine as well."""
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE_MS)
    return context


def sign_in(page: Page, url: str, role: str, password: str) -> None:
    """Through the form, as a person does."""
    page.goto(f"{url}/sign-in")
    page.fill("#user", role)
    page.fill("#password", password)
    page.click("form .button.main")
    page.wait_for_url(lambda address: "/sign-in" not in address)
