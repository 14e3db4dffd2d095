"""axe-core, as it is vendored, on a page in all its looks."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from tests.stage.browser import DESKTOP, PHONE

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_WEIGHTY = ("serious", "critical")
# Only contrast differs between the themes.
_RUN = """async (theme) => {
  document.documentElement.dataset.theme = theme;
  const rules = theme === "dark" ? { runOnly: ["color-contrast"] } : {};
  return axe.run(document, { resultTypes: ["violations"], ...rules });
}"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@cache
def _axe() -> str:
    return _AXE.read_text(encoding="utf-8")


def barriers(page: Page) -> list[str]:
    """What keeps people from using the page, by size and theme; empty when nothing does."""
    page.evaluate(_axe())
    found: list[str] = []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        found += [
            f"{size['width']} {theme}: {one}"
            for theme in ("light", "dark")
            for one in _violations(page, theme)
        ]
        if (too_wide := page.evaluate(_TOO_WIDE)) > 0:
            found.append(f"{size['width']}: scrolls sideways by {too_wide} px")
    return found


def _violations(page: Page, theme: str) -> list[str]:
    told = page.evaluate(_RUN, theme)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in told["violations"]
        if one["impact"] in _WEIGHTY
        for node in one["nodes"]
    ]
