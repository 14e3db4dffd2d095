"""The inner loop in C where it was built at install; None elsewhere, and Python does the same."""

from struct import Struct
from types import ModuleType

WAY = Struct("=QIII28s")
"""`struct way` of _native_egress.c: a viewer's SRTP context, its shifts, and where it is."""

native: ModuleType | None
try:
    from streamer import _native
except ImportError:
    native = None
else:
    # One that was built from another version's source would read what is not there.
    native = _native if getattr(_native, "WAY_BYTES", 0) == WAY.size else None
