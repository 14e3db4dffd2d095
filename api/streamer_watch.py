"""What the streamer reports: which cameras have viewers now."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from api.wishes import LINGER
from core.clock import Clock
from core.live_token import LiveAction, sign_live_token
from core.wire.live import StreamerReport

_NOBODY = UUID(int=0)
_TIMEOUT_S = 3.0
_REMEMBERED = timedelta(seconds=60)
"""A streamer that does not answer for so long may still be serving those who watch."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamerAddress:
    """Where the streamer is and how to be believed there."""

    url: str
    key: Ed25519PrivateKey


class StreamerWatch:
    """Asks the streamer every few seconds; remembers the answer for a minute."""

    def __init__(self, address: StreamerAddress, clock: Clock) -> None:
        self._address = address
        self._clock = clock
        self._report: StreamerReport | None = None
        self._heard_s = 0.0
        self._seen_s: dict[UUID, float] = {}
        """When each camera last had viewers, as far as it matters."""
        self._is_failing = False

    @property
    def is_reachable(self) -> bool:
        """Whether the last question was answered."""
        return self._report is not None and not self._is_failing

    @property
    def watched(self) -> frozenset[UUID]:
        """Cameras with a viewer, now or within `LINGER`, as far as known."""
        now_s = self._clock.monotonic_s()
        return frozenset(
            camera_id for camera_id, seen_s in self._seen_s.items() if self._counts(seen_s, now_s)
        )

    def _counts(self, seen_s: float, now_s: float) -> bool:
        """A streamer that does not answer may go on serving those it had when it last did."""
        is_newest = self._is_failing and seen_s == self._heard_s
        kept = _REMEMBERED if is_newest else LINGER
        return now_s - seen_s <= kept.total_seconds()

    async def ask(self, client: httpx.AsyncClient) -> None:
        """Ask once. A streamer that is away is noted, not raised: live is not the archive."""
        token, _ = sign_live_token(
            self._address.key, _NOBODY, LiveAction.REPORT, "api", self._clock.utc()
        )
        try:
            answer = await client.get(
                f"{self._address.url}/publications",
                headers={"authorization": f"Bearer {token}"},
                timeout=_TIMEOUT_S,
            )
            self._keep(StreamerReport.model_validate_json(answer.raise_for_status().content))
        except (httpx.HTTPError, ValidationError) as error:
            self._fail(error)

    def _keep(self, report: StreamerReport) -> None:
        if self._is_failing:
            _log.info("streamer.answered")
        self._report, self._is_failing = report, False
        self._heard_s = now_s = self._clock.monotonic_s()
        seen = {p.camera_id: now_s for p in report.publications if p.viewers > 0}
        before = {c: s for c, s in self._seen_s.items() if now_s - s <= LINGER.total_seconds()}
        self._seen_s = {**before, **seen}

    def _fail(self, error: Exception) -> None:
        if not self._is_failing:
            _log.warning("streamer.silent", error=type(error).__name__)
        self._is_failing = True
