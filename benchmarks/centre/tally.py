"""What answers took, by kind of request."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Since the last restart."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    """By what was said."""

    def took(self, kind: str, seconds: float) -> None:
        """Note an answer."""
        self.ms.setdefault(kind, []).append(seconds * 1000)

    def failed(self, kind: str, error: Exception) -> None:
        """Note that there was none, or a wrong one."""
        self.errors[f"{kind}: {error}"[:160]] += 1

    def restart(self) -> None:
        """Count anew."""
        self.ms, self.errors = {}, Counter()

    def rates(self, lasted_s: float) -> Mapping[str, float]:
        """Requests a second, by kind."""
        return {kind: round(len(took) / lasted_s, 1) for kind, took in sorted(self.ms.items())}

    def percentiles(self) -> Mapping[str, tuple[float, float]]:
        """Median and 95th percentile in milliseconds, by kind and of `all`."""
        everything = [ms for took in self.ms.values() for ms in took]
        by_kind = {**dict(sorted(self.ms.items())), "all": everything}
        return {kind: (at(took, 0.5), at(took, 0.95)) for kind, took in by_kind.items()}


def at(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies; 0 of none."""
    if not values:
        return 0.0
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 1)
