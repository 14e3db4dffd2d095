"""What the uplink has done, for heartbeat, page and metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class UplinkCounters:
    """Since the agent's start. Written by the event loop; any thread may read."""

    entries_sent_total: int = 0
    """Acknowledged by the centre."""
    objects_sent_total: int = 0
    """Confirmed by the archive."""
    bytes_sent_total: int = 0
    """Of objects, as they left; a repeated upload counts again."""
    lines_refused_total: int = 0
    objects_refused_total: int = 0
    """Known there under other bytes: a person must look."""
    setbacks_total: int = 0
    """Uploads of single objects that came to nothing."""
    failures_total: int = 0
    """Calls that the centre did not answer, or not now."""
    last_success_s: float | None = None
    """Monotonic time of the last answer; None: none yet."""
