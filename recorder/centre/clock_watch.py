"""How wrong the device's clock is, from the centre's answers. Pure."""

from dataclasses import dataclass
from datetime import datetime

_SAMPLES = 12
"""A minute of heartbeats."""
_STEP_S = 1.0
"""The wall clock and the monotonic one part by less than this in a minute, unless it is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Both clocks of the device at one instant."""

    utc: datetime
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class _Sample:
    offset_s: float
    round_trip_s: float
    lead_s: float
    """Wall clock minus monotonic clock: changes when the wall clock is set."""


class ClockWatch:
    """Keeps the offset of the quickest of the last answers.

    An answer was made somewhere between request and receipt, so its error is at most half the
    round trip: the quickest knows best. Source: RFC 5905 section 8 and 10 (clock filter).
    One thread notes answers; any may ask.
    """

    def __init__(self) -> None:
        self._samples: tuple[_Sample, ...] = ()

    def answered(self, sent: Reading, received: Reading, server_utc: datetime) -> None:
        """Note an answer.

        Args:
            sent: When the request left.
            received: When the answer was there.
            server_utc: The centre's time in it.
        """
        round_trip_s = received.monotonic_s - sent.monotonic_s
        lead_s = received.utc.timestamp() - received.monotonic_s
        sent_utc_s = sent.monotonic_s + lead_s
        offset_s = sent_utc_s + round_trip_s / 2 - server_utc.timestamp()
        is_set_since = self._samples and abs(lead_s - self._samples[-1].lead_s) > _STEP_S
        kept = () if is_set_since else self._samples[1 - _SAMPLES :]
        self._samples = (*kept, _Sample(offset_s, round_trip_s, lead_s))

    def offset_s(self, now: Reading) -> float | None:
        """Device clock minus the centre's; None: never measured."""
        samples = self._samples
        if not samples:
            return None
        best = min(samples, key=lambda sample: sample.round_trip_s)
        lead_s = now.utc.timestamp() - now.monotonic_s
        return best.offset_s + (lead_s - best.lead_s)
