"""Puts the page together."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from core.errors import PollcamError
from core.ui.rendering import STATIC_DIR, STATIC_URL
from recorder.page.answers import Answers
from recorder.page.facts import STILLS
from recorder.page.frame import Frame
from recorder.page.problems import answer_error
from recorder.page.state import StationState


def make_page(state: StationState) -> ASGIApp:
    """The station's page and its metrics, for `recorder.page.serving.serve`.

    Open to the station's network: the page in words, and `/healthz`. Behind the PIN: stills
    and `/metrics`. It asks nobody but the station itself.

    Args:
        state: The station.
    """
    answers = Answers(state)
    app = Starlette(
        routes=[
            Route("/", answers.page),
            Route("/pin", answers.home),
            Route("/pin", answers.pin, methods=["POST"]),
            Route(f"{STILLS}/{{camera_id:uuid}}.jpg", answers.still),
            Route("/metrics", answers.metrics),
            Route("/healthz", answers.healthz),
            Mount(STATIC_URL, StaticFiles(directory=STATIC_DIR)),
        ],
        exception_handlers=dict.fromkeys((PollcamError, HTTPException, Exception), answer_error),
    )
    return Frame(app)
