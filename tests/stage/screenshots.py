"""`make screenshots`: every page and state, phone and desktop, both themes, and the languages.

The files are named `<scene>.<size>.<theme>.<language>.png`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext

from core.logs import configure_logging
from tests.stage.browser import DESKTOP, PHONE, running_browser
from tests.stage.country import Country, running_country
from tests.stage.scene import Scene
from tests.stage.scenes import scenes
from tests.stage.windows import Windows, complaints_of

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
        stage = _Stage(country=country, windows=Windows(browser, country.url))
        return max([_take(stage, scene, asked) for scene in wanted], default=0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stage.screenshots", description=__doc__)
    parser.add_argument("--only", action="append", help="scenes with this in their name")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--size", action="append", choices=_SIZES)
    parser.add_argument("--theme", action="append", choices=_THEMES)
    parser.add_argument("--language", action="append", help="instead of the scene's own")
    return parser


@dataclass(frozen=True, kw_only=True)
class _Stage:
    country: Country
    windows: Windows


def _take(stage: _Stage, scene: Scene, asked: argparse.Namespace) -> int:
    stage.country.set_calm(is_calm=scene.needs_calm)
    complaints = 0
    for size, theme, language in _looks(scene, asked):
        path = asked.out / f"{scene.name}.{size}.{theme}.{language}.png"
        context = stage.windows.open(scene.role, size=_SIZES[size], theme=theme, language=language)
        complaints += _picture(context, scene, stage.country, path)
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
    said = complaints_of(page)
    try:
        scene.show(page, country)
    except Exception as error:  # noqa: BLE001 the picture of what went wrong is worth having
        said.append(f"{type(error).__name__}: {error}")
    page.wait_for_timeout(scene.settles_s * 1000)
    page.screenshot(path=path, full_page=scene.is_whole)
    print(path.name, *said, sep="\n    ", flush=True)
    return len(said)


if __name__ == "__main__":
    sys.exit(main())
