"""Headers and bodies that WHIP and WHEP share. Source: RFC 9725 sections 4.2 to 4.6."""

from starlette.requests import Request

from streamer.errors import MalformedSdpError, TooLargeError, WrongMediaTypeError
from streamer.sdp.lines import MAX_BYTES

SDP = "application/sdp"
SDP_FRAGMENT = "application/trickle-ice-sdpfrag"
CORS = {
    # Any page may ask: what opens the door is the bearer, never a cookie.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Location, Link, Retry-After, Accept-Post, Accept-Patch, Pollcam-Share"
    ),
}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
}


async def read_body(request: Request, media_type: str) -> str:
    """The text of a body.

    Raises:
        WrongMediaTypeError: It is of another type.
        TooLargeError: It is larger than any description.
        MalformedSdpError: It is not text.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise WrongMediaTypeError(f"this takes {media_type}")
    body = await read_any_body(request)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedSdpError("the session description is not UTF-8") from error


async def read_any_body(request: Request) -> bytes:
    """A body of any type.

    Raises:
        TooLargeError: It is larger than any description.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLargeError("the body is too large for a session description")
    return bytes(body)
