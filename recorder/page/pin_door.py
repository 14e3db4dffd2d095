"""Checks the station's PIN."""

import asyncio
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.clock import Clock
from core.errors import ForbiddenError
from recorder.page.pin_gate import PinGate

_DIGITS_MAX = 32


class WrongPinError(ForbiddenError):
    """This is not the station's PIN."""


class PinDoor:
    """Opens to the right PIN, given not too often.

    Argon2 is slow on purpose, works in a thread and for one caller at a time; the PIN it once
    found right is known again at once, which is what monitoring asks every few seconds.

    Args:
        pin_hash: Argon2's; empty: no PIN is right.
        clock: For the waits.
    """

    def __init__(self, pin_hash: str, clock: Clock) -> None:
        self.gate = PinGate()
        self._pin_hash = pin_hash
        self._clock = clock
        self._hasher = PasswordHasher()
        self._is_checking = asyncio.Lock()
        self._key = secrets.token_bytes(32)
        self._right: bytes | None = None

    async def knock(self, pin: str, address: str) -> None:
        """Return when the PIN is right.

        Args:
            pin: As given; spaces do not count.
            address: Of the caller.

        Raises:
            WrongPinError: It is not.
            TooManyPinsError: It was not looked at.
        """
        self.gate.begin(address, self._clock.monotonic_s())
        digits = pin.replace(" ", "")[:_DIGITS_MAX]
        if not self._is_known(digits):
            await self._check(digits)
        self.gate.succeeded(address)

    async def _check(self, digits: str) -> None:
        async with self._is_checking:
            is_right = await asyncio.to_thread(self._is_right, digits)
        if not is_right:
            raise WrongPinError("this is not the station's PIN; the recording is not affected")
        self._right = self._mac(digits)

    def _is_known(self, digits: str) -> bool:
        return self._right is not None and hmac.compare_digest(self._right, self._mac(digits))

    def _mac(self, digits: str) -> bytes:
        return hmac.digest(self._key, digits.encode(), "sha256")

    def _is_right(self, digits: str) -> bool:
        try:
            return self._hasher.verify(self._pin_hash, digits)
        except (VerificationError, InvalidHashError):
            return False
