"""Who may see stills and figures: whoever gave the PIN, by the form or with the request."""

import binascii
from base64 import b64decode
from hashlib import sha256
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from core.errors import BadInputError, ForbiddenError
from recorder.page.pin_door import PinDoor
from recorder.page.sessions import LIFETIME_S, Sessions
from recorder.page.state import StationState

_FORM_BYTES_MAX = 1024


class PinNeededError(ForbiddenError):
    """Nobody may see this without the station's PIN."""


class FormError(BadInputError):
    """What came is not the PIN's form."""


class Guard:
    """Knows who gave the PIN.

    Args:
        state: The station, for its PIN and its time.
    """

    def __init__(self, state: StationState) -> None:
        self.door = PinDoor(state.pin_hash, state.clock)
        self._sessions = Sessions()
        self._clock = state.clock
        # Browsers tell hosts apart, not ports: two stations on one host need two names.
        self._cookie = f"pollcam_station_{sha256(state.number.encode()).hexdigest()[:8]}"

    def knows(self, request: Request) -> bool:
        """Whether the request comes from a browser that gave the PIN."""
        key = request.cookies.get(self._cookie, "")
        return self._sessions.is_open(key, self._clock.monotonic_s())

    def must_know(self, request: Request) -> None:
        """Return where `knows` holds.

        Raises:
            PinNeededError: Else.
        """
        if not self.knows(request):
            raise PinNeededError("enter the station's PIN on the first page to see this")

    async def must_be_given(self, request: Request) -> None:
        """Return where `knows` holds, or where the PIN comes with the request itself.

        Raises:
            PinNeededError: No PIN came.
            WrongPinError, TooManyPinsError: Not this one, or not now.
        """
        if self.knows(request):
            return
        pin = pin_in(request.headers.get("authorization", ""))
        if pin is None:
            raise PinNeededError("the station's PIN is needed: as a password (Basic) or a Bearer")
        await self.door.knock(pin, address_of(request))

    def admit(self, request: Request, response: Response) -> None:
        """Give the browser behind this request a session."""
        response.set_cookie(
            self._cookie,
            self._sessions.open(self._clock.monotonic_s()),
            max_age=int(LIFETIME_S),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def pin_in(authorization: str) -> str | None:
    """The PIN in a header: `Bearer PIN`, or the password of `Basic`, whatever the user's name."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


async def pin_of_form(request: Request) -> str:
    """The field `pin` of a form that was sent.

    Raises:
        FormError: It is too long, or is none.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _FORM_BYTES_MAX:
            raise FormError("that is more than a PIN")
    try:
        fields = parse_qs(body.decode(), max_num_fields=8)
    except ValueError:
        raise FormError("that is not the form of this page") from None
    return fields.get("pin", [""])[0]
