"""How the link between a station and the centre is, from either end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.health import AGENT_SILENT_AFTER_S

BACKLOG_SLOW_ABOVE_S = 600.0
"""More than ten minutes of footage waiting: the link carries less than the cameras make."""


class LinkState(StrEnum):
    """What a person at the station needs to know of it. None of them stops the recording."""

    GOOD = "good"
    SLOW = "slow"
    LOST = "lost"
    NEVER = "never"
    """There was no contact yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The link, judged."""

    state: LinkState
    since_utc: datetime | None = None
    """When the last contact was; of use where the link is lost."""
    backlog_seconds: float = 0.0


def judge_link(
    contact_age_s: float | None, last_contact_utc: datetime | None, backlog_seconds: float
) -> Link:
    """Say how the link is.

    Args:
        contact_age_s: Seconds since the last heartbeat was answered (at the station) or
            arrived (at the centre), by a monotonic clock; None: never.
        last_contact_utc: When that was.
        backlog_seconds: Footage that is closed and not in the archive yet.
    """
    state = _state(contact_age_s, backlog_seconds)
    return Link(state=state, since_utc=last_contact_utc, backlog_seconds=backlog_seconds)


def _state(contact_age_s: float | None, backlog_seconds: float) -> LinkState:
    if contact_age_s is None:
        return LinkState.NEVER
    if contact_age_s > AGENT_SILENT_AFTER_S:
        return LinkState.LOST
    return LinkState.SLOW if backlog_seconds > BACKLOG_SLOW_ABOVE_S else LinkState.GOOD
