"""The inner loop in C where it was built at install; None elsewhere, and Python does the same."""

from types import ModuleType

native: ModuleType | None
try:
    from streamer import _native
except ImportError:
    native = None
else:
    native = _native
