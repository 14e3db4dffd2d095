"""The streamer's HTTP face, and its life from start to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.clock import Clock
from core.errors import PollcamError
from streamer.crew.departures import Departures
from streamer.engine_admission import engine_route
from streamer.node import Node
from streamer.problems import Problems
from streamer.protocol_routes import protocol_routes
from streamer.report import report_of
from streamer.session import Direction
from streamer.settings import StreamerSettings


def build_app(settings: StreamerSettings, clock: Clock, crew_fd: int | None = None) -> Starlette:
    """Put the streamer together. Its sessions live as long as the app's lifespan.

    Args:
        settings: Of this process.
        clock: The time.
        crew_fd: Where a crew's front wants to hear of sessions that ended; None: no crew.
    """
    tasks = asyncio.TaskGroup()
    node = Node(settings, clock, tasks, None if crew_fd is None else Departures(crew_fd))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await node.begin()
        async with tasks:
            yield
            await node.shut_down()

    problem = Problems(node.metrics).answer
    app = Starlette(
        routes=[
            *protocol_routes(node, Direction.WHIP),
            *protocol_routes(node, Direction.WHEP),
            *_watched(node),
        ],
        lifespan=lifespan,
        exception_handlers=dict.fromkeys((PollcamError, HTTPException, Exception), problem),
    )
    app.state.node = node
    return app


def _watched(node: Node) -> list[Route]:
    """What the API, another engine, Prometheus and the service manager ask."""

    async def publications(request: Request) -> Response:
        node.admission.check_report(request.headers.get("authorization"))
        report = report_of(node.settings.node, node.publications, node.clock)
        return Response(report.model_dump_json(), media_type="application/json")

    async def metrics(_request: Request) -> Response:
        return Response(node.metrics.render(), media_type=CONTENT_TYPE_LATEST)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    return [
        engine_route(node),
        Route("/publications", publications, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
    ]
