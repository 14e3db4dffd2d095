"""What to leave alone for a while, so that one bad object holds up no other. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from core.backoff import Backoff

_BACKOFF = Backoff(first_s=4.0, cap_s=600.0)
_MOST = 1024
"""The one set back longest ago is forgotten before there are more: it is tried early, once."""

_Thing = TypeVar("_Thing", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Setback:
    count: int
    until_s: float


class Setbacks(Generic[_Thing]):
    """Counts failures of single things, and says when each may be tried again.

    Args:
        random: Spreads retries.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._all: dict[_Thing, _Setback] = {}

    def note(self, thing: _Thing, now_s: float) -> int:
        """It failed once more; how often it has by now."""
        before = self._all.pop(thing, None)
        count = 1 if before is None else before.count + 1
        self._all[thing] = _Setback(count, now_s + _BACKOFF.delay_s(count, self._random))
        if len(self._all) > _MOST:
            del self._all[next(iter(self._all))]
        return count

    def forget(self, thing: _Thing) -> None:
        """It went well."""
        self._all.pop(thing, None)

    def held(self, now_s: float) -> set[_Thing]:
        """Those whose time has not come."""
        return {thing for thing, setback in self._all.items() if setback.until_s > now_s}
