"""When a PIN may be tried: six digits are only as good as the limit on tries. Pure."""

from collections import OrderedDict
from dataclasses import dataclass

from core.addresses import network_of
from core.errors import ExhaustedError

_FORGET_AFTER_S = 3600.0
_ADDRESSES_MAX = 1024
_KNOWN_MAX = 64
_RECENT_S = 60.0


class TooManyPinsError(ExhaustedError):
    """Too many wrong PINs came; this one was not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How waits grow: nothing for the first failures, then doubling from a second to a cap."""

    free: int
    cap_s: float

    def wait_s(self, failures: int) -> float:
        """From the last failure to the next try."""
        beyond = failures - self.free
        # The exponent is bounded: a guesser may go on for weeks.
        return min(self.cap_s, 2.0 ** min(beyond, 32)) if beyond >= 0 else 0.0


OF_ADDRESS = Patience(free=5, cap_s=300.0)
OF_ALL = Patience(free=20, cap_s=30.0)
"""Guessing from ever new addresses takes half a year for half of all PINs. It may delay somebody
who comes with the right one, but not who gave it before: see `PinGate`."""


class _Failures:
    def __init__(self) -> None:
        self.count = 0
        self.last_s = 0.0

    def wait_s(self, patience: Patience, now_s: float) -> float:
        if now_s - self.last_s > _FORGET_AFTER_S:
            return 0.0
        return max(0.0, self.last_s + patience.wait_s(self.count) - now_s)

    def add(self, now_s: float) -> None:
        self.count = 1 if now_s - self.last_s > _FORGET_AFTER_S else self.count + 1
        self.last_s = now_s


class PinGate:
    """Counts tries by address and in total, and says how long to wait.

    An address that once gave the right PIN waits for its own failures alone, so that a
    stranger's guesses shut out neither the technician nor the monitoring on site.
    """

    def __init__(self) -> None:
        self._all = _Failures()
        self._by_address: OrderedDict[str, _Failures] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """Seconds until this address may try again; 0: now."""
        key = network_of(address)
        own = self._by_address.get(key)
        own_s = own.wait_s(OF_ADDRESS, now_s) if own else 0.0
        return own_s if key in self._known else max(own_s, self._all.wait_s(OF_ALL, now_s))

    def has_just_failed(self, address: str, now_s: float) -> bool:
        """Whether this address gave a wrong PIN within the last minute, and no right one since."""
        own = self._by_address.get(network_of(address))
        return own is not None and now_s - own.last_s <= _RECENT_S

    def begin(self, address: str, now_s: float) -> None:
        """Count a try, as a failure until it is known to be none: tries at once get no more.

        Raises:
            TooManyPinsError: Not yet; nothing was counted.
        """
        wait_s = self.wait_s(address, now_s)
        if wait_s > 0.0:
            raise TooManyPinsError("too many wrong PINs; wait a while", wait_s)
        key = network_of(address)
        self._by_address.setdefault(key, _Failures()).add(now_s)
        self._by_address.move_to_end(key)
        if len(self._by_address) > _ADDRESSES_MAX:
            self._by_address.popitem(last=False)
        self._all.add(now_s)

    def succeeded(self, address: str) -> None:
        """It was the right PIN."""
        key = network_of(address)
        self._by_address.pop(key, None)
        self._all.count = max(0, self._all.count - 1)
        self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)
