"""What the uplink has done, for the heartbeat and the metrics."""

from dataclasses import dataclass

from core.wire.heartbeat import UplinkReport


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

    def report(self, now_s: float) -> UplinkReport:
        """As the heartbeat says it."""
        last_s = self.last_success_s
        return UplinkReport(
            entries_sent_total=self.entries_sent_total,
            objects_sent_total=self.objects_sent_total,
            bytes_sent_total=self.bytes_sent_total,
            refused_total=self.lines_refused_total + self.objects_refused_total,
            setbacks_total=self.setbacks_total,
            failures_total=self.failures_total,
            last_success_age_s=None if last_s is None else round(now_s - last_s, 1),
        )
