"""The page's routes, one method each."""

import asyncio
import math
from http import HTTPStatus
from uuid import UUID

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from core.errors import NotFoundError, UnavailableError
from core.ui.catalogue import texts_in
from core.ui.languages import Language
from core.ui.rendering import PinPrompt, render_station_page
from core.ui.station_view import station_view
from recorder.page.facts import station_facts
from recorder.page.fresh_report import FreshReport
from recorder.page.guard import Guard, PinNeededError, address_of, pin_of_form
from recorder.page.language import language_of
from recorder.page.pin_door import WrongPinError
from recorder.page.pin_gate import TooManyPinsError
from recorder.page.problems import answer_error, retry_after
from recorder.page.state import StationState

_METRICS_WITHIN_S = 8.0
"""Prometheus gives up after ten."""


class Answers:
    """Answers for one station.

    Args:
        state: The station.
    """

    def __init__(self, state: StationState) -> None:
        self._state = state
        self._guard = Guard(state)
        self._fresh = FreshReport(state)
        self._collecting = asyncio.Lock()

    async def page(self, request: Request) -> Response:
        """`GET /`: the station in words; with pictures for whoever gave the PIN."""
        return HTMLResponse(await self._page(request))

    async def pin(self, request: Request) -> Response:
        """`POST /pin`: the form. Right: back to the page; wrong or too often: the page says so."""
        pin = await pin_of_form(request)
        try:
            await self._guard.door.knock(pin, address_of(request))
        except WrongPinError:
            return HTMLResponse(await self._page(request), HTTPStatus.FORBIDDEN)
        except TooManyPinsError as error:
            return HTMLResponse(
                await self._page(request), HTTPStatus.TOO_MANY_REQUESTS, retry_after(error)
            )
        answer = await self.home(request)
        self._guard.admit(request, answer)
        return answer

    async def home(self, request: Request) -> Response:
        """`GET /pin`: back to the page. Where the page answered the form, its links lead here."""
        home = f"/?lang={language_of(request).value}"
        return RedirectResponse(home, HTTPStatus.SEE_OTHER)

    async def still(self, request: Request) -> Response:
        """`GET /stills/{camera_id}.jpg`: the newest picture of a camera."""
        self._guard.must_know(request)
        camera_id: UUID = request.path_params["camera_id"]
        look = self._state.look(camera_id)
        if look is None:
            raise NotFoundError("there is no picture of this camera yet")
        return Response(look.jpeg, media_type="image/jpeg")

    async def metrics(self, request: Request) -> Response:
        """`GET /metrics`: figures for Prometheus on site."""
        try:
            await self._guard.must_be_given(request)
        except (PinNeededError, WrongPinError) as error:
            answer = answer_error(request, error)
            answer.status_code = HTTPStatus.UNAUTHORIZED
            answer.headers["WWW-Authenticate"] = 'Basic realm="station PIN", charset="UTF-8"'
            return answer
        return Response(await self._figures(), media_type=CONTENT_TYPE_LATEST)

    async def healthz(self, _request: Request) -> Response:
        """`GET /healthz`: whether the agent's loops turn, in words."""
        duties = self._state.duties()
        words = {name: "turns" if turns else "stands still" for name, turns in duties.items()}
        is_well = all(duties.values())
        status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": "ok" if is_well else "failing", "duties": words}, status)

    async def _page(self, request: Request) -> str:
        is_known = self._guard.knows(request)
        language = language_of(request)
        facts = station_facts(self._state, await self._fresh.get(), may_see_pictures=is_known)
        view = station_view(facts, texts_in(language))
        prompt = None if is_known else self._prompt(request, language)
        return render_station_page(view, language, pin=prompt)

    def _prompt(self, request: Request, language: Language) -> PinPrompt:
        """What the form says, also when the page refreshes itself: after a wrong PIN, or a wait."""
        address, now_s = address_of(request), self._state.clock.monotonic_s()
        wait_s = self._guard.door.gate.wait_s(address, now_s)
        is_wrong = self._guard.door.gate.has_just_failed(address, now_s)
        return PinPrompt(
            action=f"/pin?lang={language.value}",
            problem="too_many" if wait_s > 0 else "wrong" if is_wrong else "",
            retry_after_s=math.ceil(wait_s),
        )

    async def _figures(self) -> bytes:
        """Collected in a thread, for a disk may be slow, and once at a time."""
        try:
            async with asyncio.timeout(_METRICS_WITHIN_S), self._collecting:
                return await asyncio.to_thread(generate_latest, self._state.registry)
        except TimeoutError as error:
            raise UnavailableError("the figures cannot be had now: the disk is slow") from error
