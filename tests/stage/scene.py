"""A scene: one page in one state, as one of its users meets it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from api.auth.rights import Role
from tests.stage.country import Country

ALL_LANGUAGES = ("ky", "ru", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What `screenshots` takes a picture of, and the suite looks at."""

    name: str
    role: Role | None
    """Who is signed in."""
    show: Callable[[Page, Country], None]
    """Leads the page there and waits until it is all there."""
    languages: tuple[str, ...] = ("ru",)
    """In which it is looked at."""
    is_whole: bool = True
    """The picture holds the whole page, not one screen of it."""
    settles_s: float = 0.0
    """For the looks alone: stills come at a bounded rate."""
    needs_calm: bool = False
    """All stations are well."""


def opened(path: str, ready: str = "main h1") -> Callable[[Page, Country], None]:
    """A scene that needs nothing but its address."""

    def show(page: Page, country: Country) -> None:
        page.goto(country.url + path)
        page.wait_for_selector(ready, state="attached")

    return show
