"""A `pollcam` command that ends with whoever started it: `python -m cli.demo.tied PID COMMAND…`.

The demo may be killed; then the system tells its parts to end, as it does to the demo on Ctrl-C.
"""

import ctypes
import gc
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie(parent_pid: int) -> None:
    """End this process by SIGTERM when its parent is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit(1)


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    from cli.__main__ import main

    code = main(sys.argv[2:])
    # The collections at an interpreter's end look at everything once more: up to seconds where
    # fifteen processes end on two cores, and for nothing.
    gc.freeze()
    sys.exit(code)
