"""The routes of WHIP and WHEP: the endpoint and the session resource, with every method."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamer.engine import EMBEDDED
from streamer.http_headers import CORS, PREFLIGHT, SDP, SDP_FRAGMENT
from streamer.node import Node
from streamer.paths import SMALLER, key_of
from streamer.redirecting import RedirectEndpoint
from streamer.session import Direction
from streamer.session_resource import SessionResource
from streamer.whep import WhepEndpoint
from streamer.whip import WhipEndpoint

Handler = Callable[[Request], Awaitable[Response]]


def protocol_routes(node: Node, direction: Direction) -> list[Route]:
    """What one of the two protocols answers."""
    endpoint = f"/{direction.value}/{{camera_id:uuid}}"
    session = f"/{direction.value}/sessions/{{session_id:uuid}}"
    resource = SessionResource(node, direction)
    return [
        *_endpoint(endpoint, node, direction),
        *(_endpoint(SMALLER, node, direction) if _has_smaller(node, direction) else ()),
        Route(session, resource.patch, methods=["PATCH"]),
        Route(session, resource.delete, methods=["DELETE"]),
        Route(session, resource.show, methods=["GET", "HEAD"]),
        Route(
            session,
            _preflight("PATCH, DELETE", {"Accept-Patch": SDP_FRAGMENT}),
            methods=["OPTIONS"],
        ),
    ]


def _endpoint(path: str, node: Node, direction: Direction) -> list[Route]:
    return [
        Route(path, _post(node, direction), methods=["POST"]),
        Route(path, _emptiness, methods=["GET", "HEAD"]),
        Route(path, _endpoint_options(node, direction), methods=["OPTIONS"]),
    ]


def _has_smaller(node: Node, direction: Direction) -> bool:
    """Whether a second stream can be published; another engine has no place for it."""
    return direction is Direction.WHIP and node.settings.engine == EMBEDDED


def _post(node: Node, direction: Direction) -> Handler:
    """What answers an offer: this node, or the engine that carries live in its place."""
    if node.settings.engine != EMBEDDED:
        return RedirectEndpoint(node, direction).post
    is_whip = direction is Direction.WHIP
    return WhipEndpoint(node).post if is_whip else WhepEndpoint(node).post


def _endpoint_options(node: Node, direction: Direction) -> Handler:
    """OPTIONS of an endpoint: to a preflight what it asks, to whoever may begin what helps them.

    That is relays, for some clients must know them before they make an offer, or the engine that
    carries live: a page that was redirected comes there from the origin `null`, which MediaMTX
    refuses. Nobody else is told: a credential is the right to send through a relay.
    Source: RFC 9725 section 4.6.
    """
    preflight = _preflight("POST", {"Accept-Post": SDP})

    async def answer(request: Request) -> Response:
        response = await preflight(request)
        is_preflight = "access-control-request-method" in request.headers
        if is_preflight or "authorization" not in request.headers:
            return response
        key = key_of(request)
        grant = node.door.admit(request, key.camera_id, direction.action(key.stream))
        elsewhere = node.settings.elsewhere(direction.value, key.camera_id)
        alternate = {"Link": f'<{elsewhere}>; rel="alternate"'}
        response.headers.update(alternate if elsewhere else node.links_for(grant.subject))
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


async def _emptiness(request: Request) -> Response:
    # Discovery asks by HEAD and wants the type; GET has no content to have one.
    is_head = request.method == "HEAD"
    status = HTTPStatus.OK if is_head else HTTPStatus.NO_CONTENT
    typed = {"Content-Type": SDP} if is_head else {}
    return Response(status_code=status, headers={**CORS, "Accept-Post": SDP, **typed})


def _preflight(methods: str, headers: dict[str, str]) -> Handler:
    allowed = {"Access-Control-Allow-Methods": f"{methods}, GET, HEAD, OPTIONS", **headers}

    async def answer(_request: Request) -> Response:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={**PREFLIGHT, **allowed})

    return answer
