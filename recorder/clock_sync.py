"""Whether the operating system says that its clock is synchronised."""

import ctypes
import os

_TIME_ERROR = 5
_ROOM_BYTES = 512
"""More than `struct timex` has on any platform; with `modes` 0 the call only reads."""


def is_clock_synced() -> bool:
    """Ask the kernel, whatever program disciplines the clock.

    Source: adjtimex(2): TIME_ERROR means that the clock is not synchronised.
    """
    try:
        library = ctypes.CDLL(None, use_errno=True)
        state = library.adjtimex(ctypes.create_string_buffer(_ROOM_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR and os.name == "posix"
