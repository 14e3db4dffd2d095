"""The addresses under which streams are asked for."""

from uuid import UUID

from starlette.requests import Request

from core.live_stream import LiveStream, StreamKey

SMALLER = f"/whip/{{camera_id:uuid}}/{LiveStream.SMALLER}"
"""Where a station publishes the smaller stream of a camera; nobody watches it by itself."""


def key_of(request: Request) -> StreamKey:
    """The stream that a request is about."""
    camera_id = UUID(str(request.path_params["camera_id"]))
    is_smaller = request.url.path.endswith(f"/{LiveStream.SMALLER}")
    return StreamKey(camera_id, LiveStream.SMALLER if is_smaller else LiveStream.MAIN)
