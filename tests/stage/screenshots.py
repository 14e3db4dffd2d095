"""`make screenshots`: every page and state, phone and desktop, both themes, and the languages.

The files are named `<scene>.<size>.<theme>.<language>.png`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext

from api.auth.rights import Role
from core.logs import configure_logging
from tests.parts.control_api import PASSWORD
from tests.stage.browser import DESKTOP, PHONE, running_browser, sign_in, wishing
from tests.stage.country import Country, running_country
from tests.stage.scene import Scene
from tests.stage.scenes import scenes

_SIZES = {"desktop": DESKTOP, "phone": PHONE}
_THEMES = ("light", "dark")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; 1 when a page complained to the console."""
    asked = _parser().parse_args(arguments)
    configure_logging("ERROR")
    wanted = [one for one in scenes() if any(part in one.name for part in asked.only or [""])]
    asked.out.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        running_country(Path(folder)) as country,
        running_browser() as browser,
    ):
        sessions = _Sessions(browser, country)
        return max([_take(sessions, scene, asked) for scene in wanted], default=0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stage.screenshots", description=__doc__)
    parser.add_argument("--only", action="append", help="scenes with this in their name")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--size", action="append", choices=_SIZES)
    parser.add_argument("--theme", action="append", choices=_THEMES)
    parser.add_argument("--language", action="append", help="instead of the scene's own")
    return parser


class _Sessions:
    """Signs each role in once; further windows are given its cookies."""

    def __init__(self, browser: Browser, country: Country) -> None:
        self.country = country
        self._browser = browser
        self._known: dict[Role, list] = {}

    def window(self, role: Role | None, size: dict[str, int], theme: str, language: str):
        """A fresh window of somebody signed in."""
        context = self._browser.new_context(viewport=size, has_touch=size is PHONE)
        wishing(context, self.country.url, theme=theme, language=language)
        if role is not None:
            context.add_cookies(self._cookies(role))
        return context

    def _cookies(self, role: Role) -> list:
        if role not in self._known:
            context = self._browser.new_context()
            sign_in(context.new_page(), self.country.url, role.value, PASSWORD)
            host = urlsplit(self.country.url).hostname
            cookies = [one for one in context.cookies() if one["domain"] == host]
            self._known[role] = [one for one in cookies if one["httpOnly"]]
            context.close()
        return self._known[role]


def _take(sessions: _Sessions, scene: Scene, asked: argparse.Namespace) -> int:
    sessions.country.set_calm(is_calm=scene.needs_calm)
    complaints = 0
    for size, theme, language in _looks(scene, asked):
        path = asked.out / f"{scene.name}.{size}.{theme}.{language}.png"
        context = sessions.window(scene.role, _SIZES[size], theme, language)
        complaints += _picture(context, scene, sessions.country, path)
        context.close()
    return int(complaints > 0)


def _looks(scene: Scene, asked: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    languages = asked.language or scene.languages
    for size in asked.size or _SIZES:
        for theme in asked.theme or _THEMES:
            for language in languages if theme == "light" or asked.language else languages[:1]:
                yield size, theme, language


def _picture(context: BrowserContext, scene: Scene, country: Country, path: Path) -> int:
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        scene.show(page, country)
    except Exception as error:  # noqa: BLE001 the picture of what went wrong is worth having
        said.append(f"{type(error).__name__}: {error}")
    page.screenshot(path=path, full_page=scene.is_whole)
    print(path.name, *said, sep="\n    ", flush=True)
    return len(said)


if __name__ == "__main__":
    sys.exit(main())
