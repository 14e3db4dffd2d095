"""Windows of people who are signed in, and what these windows complain of."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from api.auth.rights import Role
from api.web.rendering import THEME_COOKIE
from core.ui.languages import LANGUAGE_COOKIE
from tests.parts.control_api import PASSWORD
from tests.stage.browser import DESKTOP, new_window, sign_in


class Windows:
    """Signs each role in once, through the form; further windows are given its cookie."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._known: dict[Role, list] = {}

    def open(
        self,
        role: Role | None,
        *,
        size: dict[str, int] = DESKTOP,
        theme: str = "light",
        language: str = "ru",
        **settings: object,
    ) -> BrowserContext:
        """A fresh window of somebody who chose theme and language before."""
        context = new_window(self._browser, viewport=size, **settings)
        wishes = {THEME_COOKIE: theme, LANGUAGE_COOKIE: language}
        context.add_cookies([{"name": n, "value": v, "url": self._url} for n, v in wishes.items()])
        if role is not None:
            context.add_cookies(self._session_of(role))
        return context

    def _session_of(self, role: Role) -> list:
        if role not in self._known:
            context = new_window(self._browser)
            sign_in(context.new_page(), self._url, role.value, PASSWORD)
            self._known[role] = [one for one in context.cookies() if one["httpOnly"]]
            context.close()
        return self._known[role]


def complaints_of(page: Page) -> list[str]:
    """What the page's console says is wrong, from now on: errors and refused loads.

    Left out is what a browser says of answers that a page is made to deal with: the status of
    the page itself, a refusal that its form shows, and a live picture that does not come.
    """
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not _is_meant(message, page):
            said.append(f"{message.text} {message.location.get('url', '')}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def _is_meant(message: ConsoleMessage, page: Page) -> bool:
    path = urlsplit(message.location.get("url", "")).path
    is_refusal = path.startswith("/api/") and "(Conflict)" in message.text
    return is_refusal or path.startswith(("/whep/", "/hls/")) or path == urlsplit(page.url).path
