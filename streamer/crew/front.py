"""The workers' common HTTP face: each request goes to the worker that has its camera.

Requests are few and small, one or two for each session; media goes to the workers' own ports.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from random import Random
from uuid import UUID

import httpx
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.clock import Clock
from core.errors import PollcamError
from core.wire.live import StreamerReport
from streamer.crew.assignment import worker_of_camera, worker_of_session
from streamer.crew.crew import Worker
from streamer.crew.scrape import merged
from streamer.errors import NoSuchSessionError, OverloadedError
from streamer.http_headers import read_any_body
from streamer.metrics import Metrics
from streamer.problems import Problems
from streamer.settings import StreamerSettings

_REQUEST_S = 20.0
_METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"]
_PASSED = ("authorization", "content-type", "if-match", "accept")
_KEPT_BACK = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})


class Front:
    """Forwards requests to workers.

    Args:
        workers: By their number.
        node: This node's name in its report.
    """

    def __init__(self, workers: Sequence[Worker], node: str) -> None:
        self._workers = workers
        self._node = node
        self.client = httpx.AsyncClient(timeout=_REQUEST_S)

    async def of_camera(self, request: Request) -> Response:
        """What concerns a camera."""
        alive = [worker.number for worker in self._workers if worker.is_alive]
        if not alive:
            raise _restarting()
        camera_id = UUID(str(request.path_params["camera_id"]))
        worker = self._workers[worker_of_camera(camera_id, alive)]
        return await self._forward(request, worker, await read_any_body(request))

    async def of_session(self, request: Request) -> Response:
        """What concerns a session."""
        number = worker_of_session(UUID(str(request.path_params["session_id"])))
        if number >= len(self._workers):
            raise NoSuchSessionError("there is no such session")
        worker = self._workers[number]
        return await self._forward(request, worker, await read_any_body(request))

    async def publications(self, request: Request) -> Response:
        """What all workers carry."""
        answers = [await self._forward(request, worker, b"") for worker in self._alive()]
        refused = next((a for a in answers if a.status_code != HTTPStatus.OK), None)
        if refused is not None:
            return refused
        reports = [StreamerReport.model_validate_json(bytes(answer.body)) for answer in answers]
        found = tuple(one for report in reports for one in report.publications)
        whole = StreamerReport(node=self._node, publications=found)
        return Response(whole.model_dump_json(), media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        """What all workers tell, with a label that says which."""
        texts = {
            worker.number: bytes((await self._forward(request, worker, b"")).body).decode()
            for worker in self._alive()
        }
        return Response(merged(texts), media_type=CONTENT_TYPE_LATEST)

    async def healthz(self, _request: Request) -> Response:
        """Whether somebody is there to answer."""
        if not self._alive():
            raise _restarting()
        return PlainTextResponse("ok\n")

    def _alive(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.is_alive]

    async def _forward(self, request: Request, worker: Worker, body: bytes) -> Response:
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        try:
            answer = await self.client.request(
                request.method,
                worker.url + request.url.path,
                content=body,
                headers=headers,
            )
        except httpx.HTTPError as error:
            raise _restarting() from error
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _KEPT_BACK}
        return Response(answer.content, answer.status_code, kept)


def build_front(settings: StreamerSettings, clock: Clock) -> Starlette:
    """Workers and their face; they live as long as the app's lifespan."""
    workers = [Worker(number, settings, clock) for number in range(settings.workers)]
    front = Front(workers, settings.node)
    random = Random()  # noqa: S311 spreads restarts

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with front.client, asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(worker.run(random)) for worker in workers]
            yield
            for task in running:
                task.cancel()

    problem = Problems(Metrics((), clock)).answer
    return Starlette(
        routes=[
            *(_route(f"/{protocol}/{{camera_id:uuid}}", front.of_camera) for protocol in _BOTH),
            *(
                _route(f"/{protocol}/sessions/{{session_id:uuid}}", front.of_session)
                for protocol in _BOTH
            ),
            Route("/publications", front.publications, methods=["GET"]),
            Route("/metrics", front.metrics, methods=["GET"]),
            Route("/healthz", front.healthz, methods=["GET"]),
        ],
        lifespan=lifespan,
        exception_handlers=dict.fromkeys((PollcamError, HTTPException, Exception), problem),
    )


_BOTH = ("whip", "whep")


def _route(path: str, handler: object) -> Route:
    return Route(path, handler, methods=_METHODS)  # type: ignore[arg-type] # starlette's own type


def _restarting() -> OverloadedError:
    return OverloadedError("this camera's worker is starting", retry_after_s=1.0)
