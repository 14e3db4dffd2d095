"""Sends publishers and viewers to the engine that carries live in this streamer's place."""

from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from streamer.http_headers import CORS
from streamer.node import Node
from streamer.session import Direction


class RedirectEndpoint:
    """`POST /whip/{camera_id}` or `/whep/{camera_id}` where another engine carries live.

    Args:
        node: Checks who asks.
        direction: Which protocol.
    """

    def __init__(self, node: Node, direction: Direction) -> None:
        self._node = node
        self._direction = direction

    async def post(self, request: Request) -> Response:
        """307 to whoever may; the token is not spent, for the other side checks it again.

        Source: RFC 9725 section 4.5: 301 and 302 would let a client turn its POST into a GET.
        """
        node, camera_id = self._node, UUID(str(request.path_params["camera_id"]))
        node.door.admit(request, camera_id, self._direction.action())
        node.metrics.redirects.labels(self._direction.value).inc()
        address = node.settings.elsewhere(self._direction.value, camera_id)
        headers = {**CORS, "Location": address or "", "Cache-Control": "no-store"}
        return Response(status_code=HTTPStatus.TEMPORARY_REDIRECT, headers=headers)
