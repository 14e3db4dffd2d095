"""A page with our player, from another origin than the streamer's, as in reality."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.live_token import LiveAction
from core.wire.live import LiveTicket
from tests.parts.live_streamer import LiveStreamer, serving

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
