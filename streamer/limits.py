"""How many may publish and watch, and how often they may ask. Pure: time comes in."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from streamer.errors import OverloadedError, TooManyRequestsError

_MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sessions that a node carries at the same time."""

    viewers_per_node: int
    viewers_per_camera: int
    viewers_per_subject: int
    """One account's, over all its browsers."""
    publications_per_node: int
    retry_after_s: float = 5.0


class Occupancy:
    """Counts sessions, and refuses those that would go over a limit."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._viewers_of_camera: Counter[UUID] = Counter()
        self._viewers_of_subject: Counter[str] = Counter()
        self._publications: Counter[UUID] = Counter()

    @property
    def viewers(self) -> int:
        """Viewers on this node, those that are still connecting included."""
        return self._viewers_of_camera.total()

    def take_viewer(self, camera_id: UUID, subject: str) -> None:
        """Count a viewer in.

        Raises:
            OverloadedError: A limit is reached; nothing was counted.
        """
        limits = self._limits
        if self.viewers >= limits.viewers_per_node:
            raise self._full("this node has as many viewers as it carries")
        if self._viewers_of_camera[camera_id] >= limits.viewers_per_camera:
            raise self._full("this camera has as many viewers as it may have")
        if self._viewers_of_subject[subject] >= limits.viewers_per_subject:
            raise self._full("this account watches as many cameras as it may")
        self._viewers_of_camera[camera_id] += 1
        self._viewers_of_subject[subject] += 1

    def leave_viewer(self, camera_id: UUID, subject: str) -> None:
        """Count a viewer out."""
        _take_one(self._viewers_of_camera, camera_id)
        _take_one(self._viewers_of_subject, subject)

    def take_publication(self, camera_id: UUID) -> None:
        """Count a publisher's session in. One that comes for a camera again is always let in.

        Raises:
            OverloadedError: A limit is reached; nothing was counted.
        """
        is_new = camera_id not in self._publications
        if is_new and len(self._publications) >= self._limits.publications_per_node:
            raise self._full("this node carries as many cameras as it can")
        self._publications[camera_id] += 1

    def leave_publication(self, camera_id: UUID) -> None:
        """Count a publisher's session out."""
        _take_one(self._publications, camera_id)

    def _full(self, sentence: str) -> OverloadedError:
        return OverloadedError(sentence, retry_after_s=self._limits.retry_after_s)


def _take_one(counter: Counter[UUID] | Counter[str], key: UUID | str) -> None:
    held: Counter[UUID | str] = counter  # type: ignore[assignment] # either, used alike
    held[key] -= 1
    if held[key] <= 0:
        del held[key]  # a country's cameras and accounts come and go for weeks


class TokenBucket:
    """Lets `rate_per_s` through for long, and `burst` at once.

    Args:
        rate_per_s: How fast the bucket fills.
        burst: What it holds.
    """

    def __init__(self, *, rate_per_s: float, burst: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._level = burst
        self._since_s: float | None = None

    def take(self, now_s: float, amount: float = 1.0) -> bool:
        """Take from the bucket; false when it holds less, and then nothing is taken."""
        if self._since_s is not None:
            filled = self._level + (now_s - self._since_s) * self._rate_per_s
            self._level = min(self._burst, filled)
        self._since_s = now_s
        if self._level < amount:
            return False
        self._level -= amount
        return True


class RequestRate:
    """Holds each subject to a rate of requests."""

    def __init__(self, *, rate_per_s: float, burst: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._buckets: dict[str, TokenBucket] = {}

    def hold(self, subject: str, now_s: float) -> None:
        """Count a request.

        Raises:
            TooManyRequestsError: The subject asks faster than it may.
        """
        bucket = self._buckets.pop(subject, None)
        if bucket is None:
            bucket = TokenBucket(rate_per_s=self._rate_per_s, burst=self._burst)
            while len(self._buckets) >= _MAX_KEYS:
                del self._buckets[next(iter(self._buckets))]  # whoever was silent longest
        self._buckets[subject] = bucket
        if not bucket.take(now_s):
            sentence = "too many requests from this account or device"
            raise TooManyRequestsError(sentence, retry_after_s=1 / self._rate_per_s)
