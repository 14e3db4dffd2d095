"""A page with our player, from another origin than the streamer's, as in reality."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.live_token import LiveAction
from core.wire.live import LiveTicket
from tests.parts.live_streamer import LiveStreamer, serving
from tests.stage.browser import ARGUMENTS, CHROMIUM, need_chromium

PLAYING = "() => window.frames > 20 && window.state.phase === 'playing'"
"""To wait for on the page."""
OpenPage = Callable[..., Awaitable[Page]]
"""Opens the player on a camera, in a tab of its own; `&…` may be added to the page's address."""

_BEGINS_MS = 120_000
_JS = Path(__file__).parents[2] / "api" / "web" / "static" / "js"
_PAGE = """<!doctype html><video muted playsinline></video><script type="module">
import { WhepPlayer } from "/js/whep.js";
const video = document.querySelector("video");
window.states = [];
window.frames = 0;
const count = () => { window.frames += 1; video.requestVideoFrameCallback(count); };
video.requestVideoFrameCallback(count);
const told = (state) => { window.state = state; window.states.push(state.phase); };
window.player = new WhepPlayer(video, "/ticket" + location.search, told);
window.player.start();
</script>"""


@asynccontextmanager
async def live_page(streamer: LiveStreamer) -> AsyncIterator[str]:
    """Serve it; gives its address, to which `?camera=…` is added.

    `&whep=…` sends the player to another WHEP endpoint than the streamer's.
    """

    async def page(_request: Request) -> Response:
        return HTMLResponse(_PAGE)

    async def ticket(request: Request) -> Response:
        camera_id = UUID(request.query_params["camera"])
        url = request.query_params.get("whep") or f"{streamer.url}/whep/{camera_id}"
        token = streamer.token(camera_id, LiveAction.VIEW)
        answer = LiveTicket(whep_url=url, token=token, expires_utc=streamer.clock.utc())
        return JSONResponse(answer.model_dump(mode="json"))

    routes = [Route("/", page), Route("/ticket", ticket), Mount("/js", StaticFiles(directory=_JS))]
    async with serving(Starlette(routes=routes), streamer.host) as port:
        yield f"http://{streamer.host}:{port}/"


@asynccontextmanager
async def chromium_on(streamer: LiveStreamer, chromium: Path = CHROMIUM) -> AsyncIterator[OpenPage]:
    """Chromium with the player, for the time of the block; skips where there is none.

    Args:
        streamer: Where it watches.
        chromium: What starts the browser.
    """
    need_chromium()
    async with async_playwright() as playwright, live_page(streamer) as address:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium), args=list(ARGUMENTS), timeout=_BEGINS_MS
        )

        async def open_page(camera_id: UUID, query: str = "") -> Page:
            page = await browser.new_page()
            page.set_default_timeout(_BEGINS_MS)
            await page.goto(f"{address}?camera={camera_id}{query}")
            return page

        try:
            yield open_page
        finally:
            await browser.close()
