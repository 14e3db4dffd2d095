"""How many may publish and watch, and how often they may ask. Pure: time comes in."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.live_token import LiveAction
from streamer.errors import OverloadedError, TooManyRequestsError

_MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sessions that a node carries at the same time."""

    viewers_per_node: int
    viewers_per_camera: int
    viewers_per_subject: int
    """One account's, over all its browsers."""
    viewers_per_address: int
    """Behind which a whole control room may sit."""
    publications_per_node: int
    publications_per_subject: int
    """One station's cameras."""
    retry_after_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody wants to begin a session."""

    action: LiveAction
    camera_id: UUID
    subject: str
    address: str
    """As `core.addresses.network_of` gives it."""


class Occupancy:
    """Counts sessions, and refuses those that would go over a limit.

    What is counted once stays counted: nobody who is there is ever put out for another.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._viewers_of_camera: Counter[UUID] = Counter()
        self._viewers_of_subject: Counter[str] = Counter()
        self._viewers_at_address: Counter[str] = Counter()
        self._publications: Counter[UUID] = Counter()
        self._publications_of_subject: Counter[tuple[str, UUID]] = Counter()

    @property
    def viewers(self) -> int:
        """Viewers on this node, those that are still connecting included."""
        return self._viewers_of_camera.total()

    @property
    def publications(self) -> int:
        """Cameras that are published, or about to be."""
        return len(self._publications)

    def take(self, claim: Claim) -> None:
        """Count a session in.

        Raises:
            OverloadedError: A limit is reached; nothing was counted.
        """
        is_viewer = claim.action is LiveAction.VIEW
        refusal = self._viewer_refusal(claim) if is_viewer else self._publisher_refusal(claim)
        if refusal is not None:
            raise OverloadedError(refusal, retry_after_s=self._limits.retry_after_s)
        for counter, key in self._counted(claim):
            counter[key] += 1

    def leave(self, claim: Claim) -> None:
        """Count a session out."""
        for counter, key in self._counted(claim):
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]  # a country's cameras and accounts come and go for weeks

    def _viewer_refusal(self, claim: Claim) -> str | None:
        limits = self._limits
        if self.viewers >= limits.viewers_per_node:
            return "this node has as many viewers as it carries"
        if self._viewers_of_camera[claim.camera_id] >= limits.viewers_per_camera:
            return "this camera has as many viewers as it may have"
        if self._viewers_of_subject[claim.subject] >= limits.viewers_per_subject:
            return "this account watches as many cameras as it may"
        if self._viewers_at_address[claim.address] >= limits.viewers_per_address:
            return "your network has as many viewers as it may have"
        return None

    def _publisher_refusal(self, claim: Claim) -> str | None:
        """A publisher that comes for a camera again is always let in."""
        limits = self._limits
        if (claim.subject, claim.camera_id) in self._publications_of_subject:
            return None
        of_subject = sum(subject == claim.subject for subject, _ in self._publications_of_subject)
        if of_subject >= limits.publications_per_subject:
            return "this station publishes as many cameras as it may"
        is_new = claim.camera_id not in self._publications
        if is_new and len(self._publications) >= limits.publications_per_node:
            return "this node carries as many cameras as it can"
        return None

    def _counted(self, claim: Claim) -> tuple[tuple[Counter[Any], Hashable], ...]:
        if claim.action is LiveAction.VIEW:
            return (
                (self._viewers_of_camera, claim.camera_id),
                (self._viewers_of_subject, claim.subject),
                (self._viewers_at_address, claim.address),
            )
        return (
            (self._publications, claim.camera_id),
            (self._publications_of_subject, (claim.subject, claim.camera_id)),
        )


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

    def give_back(self, amount: float = 1.0) -> None:
        """What was taken was not used after all."""
        self._level = min(self._burst, self._level + amount)


class RequestRate:
    """Holds each of many to a rate of requests.

    Args:
        rate_per_s: For long.
        burst: At once.
        whose: Says in a refusal whose requests are too many.
    """

    def __init__(self, *, rate_per_s: float, burst: float, whose: str) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._sentence = f"too many requests from {whose}"
        self._buckets: dict[str, TokenBucket] = {}

    def hold(self, who: str, now_s: float) -> None:
        """Count a request.

        Raises:
            TooManyRequestsError: They ask faster than they may.
        """
        bucket = self._buckets.pop(who, None)
        if bucket is None:
            bucket = TokenBucket(rate_per_s=self._rate_per_s, burst=self._burst)
            while len(self._buckets) >= _MAX_KEYS:
                del self._buckets[next(iter(self._buckets))]  # whoever was silent longest
        self._buckets[who] = bucket
        if not bucket.take(now_s):
            raise TooManyRequestsError(self._sentence, retry_after_s=1 / self._rate_per_s)
