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
from core.live_token import LiveAction, LiveGrant
from core.wire.live import StreamerReport
from streamer.crew.assignment import worker_of_camera, worker_of_session
from streamer.crew.crew import Worker
from streamer.crew.departures import SEAT_HEADER
from streamer.crew.ledger import Ledger
from streamer.crew.scrape import merged
from streamer.door import Door, claim_of
from streamer.errors import NoSuchSessionError, OverloadedError
from streamer.http_headers import read_any_body
from streamer.limits import Claim
from streamer.metrics import Metrics
from streamer.paths import SMALLER, key_of
from streamer.problems import Problems
from streamer.session import Direction
from streamer.settings import StreamerSettings

_REQUEST_S = 20.0
_CONNECTIONS = httpx.Limits(max_connections=200, max_keepalive_connections=50)
_WAITING = httpx.Limits(max_connections=1000, max_keepalive_connections=50)
"""Of viewers, each of whom is kept waiting for up to two seconds while nobody publishes. After a
power cut they are many, and the stations that come back must not stand behind them."""
_METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"]
_CHANGING = frozenset({"PATCH", "DELETE"})
_PASSED = ("authorization", "content-type", "if-match", "accept")
_KEPT_BACK = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})


class Front:
    """Forwards requests to workers.

    Tokens, rates and seats are those of the node, so they are held here; the workers hold what
    reaches them to the same.

    Args:
        workers: By their number.
        settings: Of the whole crew.
        ledger: Who is where.
        clock: The time.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        settings: StreamerSettings,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._workers = workers
        self._node = settings.node
        self._ledger = ledger
        self._door = Door(settings, clock)
        self.own_metrics = Metrics((), clock)
        self.client = httpx.AsyncClient(timeout=_REQUEST_S, limits=_CONNECTIONS)
        self.client_of_viewers = httpx.AsyncClient(timeout=_REQUEST_S, limits=_WAITING)

    async def of_camera(self, request: Request) -> Response:
        """What concerns a camera."""
        camera_id = UUID(str(request.path_params["camera_id"]))
        if request.method == "POST":
            return await self._begin(request, camera_id)
        worker = self._worker_of(camera_id)
        return await self._forward(request, worker, await read_any_body(request))

    async def _begin(self, request: Request, camera_id: UUID) -> Response:
        """A session, if the node has room for it and the worker says yes."""
        grant = self._door.admit(request, camera_id, _action_of(request))
        body = await read_any_body(request)
        worker = self._worker_of(camera_id)
        seat, has_begun = self._take_seat(worker, claim_of(request, grant), grant), False
        try:
            answer = await self._forward(request, worker, body, seat)
            has_begun = answer.status_code == HTTPStatus.CREATED
            if has_begun:
                self._ledger.name(seat, _session_of(answer))
            return answer
        finally:
            if not has_begun:
                self._ledger.leave(seat)
                self._door.admission.restore(grant)

    def _take_seat(self, worker: Worker, claim: Claim, grant: LiveGrant) -> int:
        # Spent at once: a worker that is killed forgets what was spent there.
        if grant.action.is_publishing:
            self._door.admission.refuse_spent(grant)
        seat = self._ledger.take(worker.number, claim)
        if grant.action.is_publishing:
            self._door.admission.spend(grant)
        return seat

    def _worker_of(self, camera_id: UUID) -> Worker:
        alive = [worker.number for worker in self._workers if worker.is_alive]
        if not alive:
            raise _restarting()
        # A publisher that came while its camera's worker was away stays where it is.
        there = self._ledger.worker_publishing(camera_id)
        number = there if there in alive else worker_of_camera(camera_id, alive)
        return self._workers[number]

    async def of_session(self, request: Request) -> Response:
        """What concerns a session."""
        session_id = UUID(str(request.path_params["session_id"]))
        subject = self._ledger.subject_of(session_id)
        if subject is not None and request.method in _CHANGING:
            self._door.hold(subject)
        number = worker_of_session(session_id)
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
            str(worker.number): bytes((await self._forward(request, worker, b"")).body).decode()
            for worker in self._alive()
        }
        texts["front"] = self.own_metrics.render().decode()
        return Response(merged(texts), media_type=CONTENT_TYPE_LATEST)

    async def healthz(self, _request: Request) -> Response:
        """Whether somebody is there to answer."""
        if not self._alive():
            raise _restarting()
        return PlainTextResponse("ok\n")

    def _alive(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.is_alive]

    async def _forward(
        self, request: Request, worker: Worker, body: bytes, seat: int | None = None
    ) -> Response:
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        if request.client is not None:
            headers["x-forwarded-for"] = request.client.host
        if seat is not None:
            headers[SEAT_HEADER] = str(seat)
        may_wait = request.method == "POST" and _direction_of(request) is Direction.WHEP
        client = self.client_of_viewers if may_wait else self.client
        try:
            answer = await client.request(
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
    ledger = Ledger(settings.limits)
    workers = [Worker(number, settings, clock, ledger) for number in range(settings.workers)]
    front = Front(workers, settings, ledger, clock)
    random = Random()  # noqa: S311 spreads restarts

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with front.client, front.client_of_viewers, asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(worker.run(random)) for worker in workers]
            yield
            for task in running:
                task.cancel()

    problem = Problems(front.own_metrics).answer
    return Starlette(
        routes=[
            *(_route(f"/{protocol}/{{camera_id:uuid}}", front.of_camera) for protocol in _BOTH),
            _route(SMALLER, front.of_camera),
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


_BOTH = tuple(direction.value for direction in Direction)


def _direction_of(request: Request) -> Direction:
    return Direction(request.url.path.split("/")[1])


def _action_of(request: Request) -> LiveAction:
    return _direction_of(request).action(key_of(request).stream)


def _session_of(answer: Response) -> UUID:
    return UUID(answer.headers["location"].rpartition("/")[2])


def _route(path: str, handler: object) -> Route:
    return Route(path, handler, methods=_METHODS)  # type: ignore[arg-type] # starlette's own type


def _restarting() -> OverloadedError:
    return OverloadedError("this camera's worker is starting", retry_after_s=1.0)
