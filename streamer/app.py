"""The streamer's HTTP face, and its life from start to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.clock import Clock
from core.errors import PollcamError
from streamer.http_headers import CORS, PREFLIGHT, SDP, SDP_FRAGMENT
from streamer.node import Node
from streamer.problems import Problems
from streamer.report import report_of
from streamer.session import Direction
from streamer.session_resource import SessionResource
from streamer.settings import StreamerSettings
from streamer.whep import WhepEndpoint
from streamer.whip import WhipEndpoint

Handler = Callable[[Request], Awaitable[Response]]


def build_app(settings: StreamerSettings, clock: Clock) -> Starlette:
    """Put the streamer together. Its sessions live as long as the app's lifespan."""
    tasks = asyncio.TaskGroup()
    node = Node(settings, clock, tasks)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        node.open_ports()
        async with tasks:
            yield
            await node.shut_down()

    problem = Problems(node.metrics).answer
    app = Starlette(
        routes=[
            *_protocol(node, Direction.WHIP, WhipEndpoint(node).post),
            *_protocol(node, Direction.WHEP, WhepEndpoint(node).post),
            *_watched(node),
        ],
        lifespan=lifespan,
        exception_handlers=dict.fromkeys((PollcamError, HTTPException, Exception), problem),
    )
    app.state.node = node
    return app


def _protocol(node: Node, direction: Direction, post: Handler) -> list[Route]:
    """The endpoint and the session resource of one protocol, with every method they answer."""
    endpoint = f"/{direction.value}/{{camera_id:uuid}}"
    session = f"/{direction.value}/sessions/{{session_id:uuid}}"
    resource = SessionResource(node, direction)
    return [
        Route(endpoint, post, methods=["POST"]),
        Route(endpoint, _emptiness({"Accept-Post": SDP}, SDP), methods=["GET", "HEAD"]),
        Route(endpoint, _preflight("POST", {"Accept-Post": SDP}), methods=["OPTIONS"]),
        Route(session, resource.patch, methods=["PATCH"]),
        Route(session, resource.delete, methods=["DELETE"]),
        Route(session, _emptiness({"Accept-Patch": SDP_FRAGMENT}, None), methods=["GET", "HEAD"]),
        Route(
            session,
            _preflight("PATCH, DELETE", {"Accept-Patch": SDP_FRAGMENT}),
            methods=["OPTIONS"],
        ),
    ]


def _emptiness(headers: dict[str, str], media_type: str | None) -> Handler:
    async def answer(request: Request) -> Response:
        # Discovery asks by HEAD and wants the type; GET has no content to have one.
        is_head = request.method == "HEAD"
        status = HTTPStatus.OK if is_head else HTTPStatus.NO_CONTENT
        typed = {"Content-Type": media_type} if is_head and media_type else {}
        return Response(status_code=status, headers={**CORS, **headers, **typed})

    return answer


def _preflight(methods: str, headers: dict[str, str]) -> Handler:
    allowed = {"Access-Control-Allow-Methods": f"{methods}, GET, HEAD, OPTIONS", **headers}

    async def answer(_request: Request) -> Response:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={**PREFLIGHT, **allowed})

    return answer


def _watched(node: Node) -> list[Route]:
    """What the API, Prometheus and the service manager ask."""

    async def publications(request: Request) -> Response:
        node.admission.check_report(request.headers.get("authorization"))
        report = report_of(node.settings.node, node.publications, node.clock)
        return Response(report.model_dump_json(), media_type="application/json")

    async def metrics(_request: Request) -> Response:
        return Response(node.metrics.render(), media_type=CONTENT_TYPE_LATEST)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    return [
        Route("/publications", publications, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
    ]
