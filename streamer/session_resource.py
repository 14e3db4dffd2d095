"""`/whip/sessions/{id}` and `/whep/sessions/{id}`: trickled candidates, and the end."""

from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from streamer.admission import is_same_token
from streamer.http_headers import CORS, SDP_FRAGMENT, read_body
from streamer.node import Node
from streamer.sdp.fragment import read_fragment
from streamer.session import Direction, Session


class SessionResource:
    """One session, to who knows its random id and holds a token for it.

    Args:
        node: Of which it is a session.
        direction: Which protocol's sessions.
    """

    def __init__(self, node: Node, direction: Direction) -> None:
        self._node = node
        self._direction = direction

    async def patch(self, request: Request) -> Response:
        """Take candidates: 204, and no ETag, for ICE is never restarted here."""
        session = self._admitted(request)
        await session.apply(read_fragment(await read_body(request, SDP_FRAGMENT)))
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=CORS)

    async def delete(self, request: Request) -> Response:
        """End the session, whatever `If-Match` says."""
        await self._node.sessions.end(self._admitted(request))
        return Response(status_code=HTTPStatus.OK, headers=CORS)

    async def show(self, request: Request) -> Response:
        """Whether there is such a session, and how much of the stream its viewer is sent.

        Who knows its id may know that, and no more. A peer that hears nothing asks here before
        it begins anew, and one that sees few pictures whether that is meant.
        """
        share = self._find(request).part.share
        told = {} if share is None else {"Pollcam-Share": share.value, "Cache-Control": "no-store"}
        status = HTTPStatus.OK if request.method == "HEAD" else HTTPStatus.NO_CONTENT
        return Response(status_code=status, headers={**CORS, "Accept-Patch": SDP_FRAGMENT, **told})

    def _find(self, request: Request) -> Session:
        session_id = UUID(str(request.path_params["session_id"]))
        return self._node.sessions.find(session_id, self._direction)

    def _admitted(self, request: Request) -> Session:
        session = self._find(request)
        authorization = request.headers.get("authorization")
        self._node.door.hold(session.subject)
        if not is_same_token(authorization, session.token_digest):
            admission = self._node.admission
            admission.check(
                authorization, session.key.camera_id, self._direction.action(session.key.stream)
            )
        return session
