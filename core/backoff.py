"""When to try again: capped exponential delays with jitter, reset on success."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """A retry policy. Retries never end; delays stop growing at `cap_s`.

    Jitter is "full": a delay is uniform between half the step and the step, so that
    3,000 stations that lost the same link do not come back in the same second.
    """

    first_s: float = 0.5
    cap_s: float = 30.0
    factor: float = 2.0

    def delay_s(self, failures: int, random: Random) -> float:
        """Seconds to wait after `failures` failures in a row (1 or more)."""
        # The exponent is bounded: after weeks of retries 2.0**n would overflow a float.
        step_s = min(self.cap_s, self.first_s * self.factor ** min(failures - 1, 64))
        return random.uniform(step_s / 2, step_s)
