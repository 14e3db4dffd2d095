"""Passwords: argon2id, never more at once than the machine can carry."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from core.errors import BadInputError, ExhaustedError

MIN_LENGTH = 12
MAX_LENGTH = 256
"""Longer input would only cost time to hash."""
_AT_ONCE = 4
"""One check takes 64 MiB and some 50 ms: a flood of sign-ins must not take the API's memory."""
_PATIENCE_S = 5.0


class WeakPasswordError(BadInputError):
    """Too short, too long, or one character over and over."""


class Passwords:
    """Makes and checks password hashes. Safe to use from several threads."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = BoundedSemaphore(_AT_ONCE)
        # Checked against when there is no account, so that both answers take as long.
        self._nobody = self._hasher.hash("nobody has this password")

    def make(self, password: str) -> str:
        """The hash to keep.

        Raises:
            WeakPasswordError: It is not one to guard footage with.
        """
        check_strength(password)
        with self._slot():
            return self._hasher.hash(password)

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; `None` stands for "no such account" and never fits."""
        if len(password) > MAX_LENGTH:
            password = ""
        with self._slot():
            try:
                self._hasher.verify(password_hash or self._nobody, password)
            except (VerifyMismatchError, VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=_PATIENCE_S):
            raise ExhaustedError("too many people sign in at this moment; try again", 2.0)
        try:
            yield
        finally:
            self._slots.release()


def check_strength(password: str) -> None:
    """Hold a new password to the rules; see `Passwords.make`."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise WeakPasswordError(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    if len(set(password)) < 5:
        raise WeakPasswordError("a password needs at least 5 different characters")
