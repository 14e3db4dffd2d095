"""Lets another engine ask who may publish and watch, so that it needs no tokens of its own.

MediaMTX asks in this form by its `authMethod: http`.
"""

from http import HTTPStatus
from uuid import UUID

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import ForbiddenError
from core.live_token import LiveAction
from core.wire.message import Message
from streamer.errors import MalformedQuestionError
from streamer.http_headers import read_any_body
from streamer.node import Node

PATH = "/engine/admission"
_ACTIONS = {"publish": LiveAction.PUBLISH, "read": LiveAction.VIEW}


class Question(Message):
    """What an engine says of a client. Other fields are passed over."""

    action: str = Field(max_length=64)
    path: str = Field(max_length=256)
    """The camera's id."""
    token: str = Field(default="", max_length=4096)
    """The client's bearer; empty: it sent none."""


def engine_route(node: Node) -> Route:
    """`POST /engine/admission`: 204, or why not. For engines, not for the world."""

    async def answer(request: Request) -> Response:
        question = _question(await read_any_body(request))
        action = _ACTIONS.get(question.action)
        if action is None:
            raise ForbiddenError("an engine may publish and be watched, and nothing else")
        bearer = f"Bearer {question.token}" if question.token else None
        node.admission.check(bearer, _camera_id(question.path), action)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return Route(PATH, answer, methods=["POST"])


def _question(body: bytes) -> Question:
    try:
        return Question.model_validate_json(body)
    except ValidationError as error:
        raise MalformedQuestionError("this takes what MediaMTX asks by HTTP") from error


def _camera_id(path: str) -> UUID:
    try:
        return UUID(path)
    except ValueError as error:
        raise ForbiddenError("an engine's paths are ids of cameras") from error
