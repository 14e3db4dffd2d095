"""Who may begin a session, and how often they may ask."""

from uuid import UUID

from starlette.requests import Request

from core.addresses import network_of
from core.clock import Clock
from core.live_token import LiveAction, LiveGrant
from streamer.admission import Admission
from streamer.limits import Claim, RequestRate
from streamer.settings import StreamerSettings

_REQUESTS_AT_ONCE_S = 10.0


class Door:
    """Holds requests to tokens and rates.

    Args:
        settings: Of this process.
        clock: The time.
    """

    def __init__(self, settings: StreamerSettings, clock: Clock) -> None:
        self.admission = Admission(settings.key, clock, settings.node)
        self._clock = clock
        self._by_subject = _rate(settings.requests_per_s, "this account or device")
        self._by_address = _rate(settings.requests_per_address_per_s, "your network")

    def admit(self, request: Request, camera_id: UUID, action: LiveAction) -> LiveGrant:
        """The right with which a session is asked for.

        Raises:
            TooManyRequestsError: The address or the subject asks too often.
            UnauthenticatedError: No token, or one that is not ours or has expired.
            ForbiddenError: For another camera, purpose or streamer.
            ReplayedTokenError: It has already started a publication.
        """
        self._by_address.hold(address_of(request), self._clock.monotonic_s())
        authorization = request.headers.get("authorization")
        grant = self.admission.check(authorization, camera_id, action)
        self.hold(grant.subject)
        if action.is_publishing:
            self.admission.refuse_spent(grant)
        return grant

    def hold(self, subject: str) -> None:
        """Count a request of somebody who is known.

        Raises:
            TooManyRequestsError: They ask too often.
        """
        self._by_subject.hold(subject, self._clock.monotonic_s())


def claim_of(request: Request, grant: LiveGrant) -> Claim:
    """What a session that is asked for counts as."""
    return Claim(
        action=grant.action,
        camera_id=grant.camera_id,
        subject=grant.subject,
        address=address_of(request),
    )


def address_of(request: Request) -> str:
    """From which network it came, as far as trusted proxies tell."""
    return network_of(request.client.host) if request.client else ""


def _rate(per_s: float, whose: str) -> RequestRate:
    return RequestRate(rate_per_s=per_s, burst=per_s * _REQUESTS_AT_ONCE_S, whose=whose)
