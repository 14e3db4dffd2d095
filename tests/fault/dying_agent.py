"""The station agent, with a power cut built in.

    python -m tests.fault.dying_agent --config FILE --step STEP --nth N --note FILE

It kills itself by SIGKILL when the step is reached for the n-th time, after noting when.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from core.clock import SystemClock
from core.logs import configure_logging
from recorder.agent import run
from recorder.setup.config import load_config
from recorder.steps import Step


class PowerCut:
    """The hook of the agent that ends it."""

    def __init__(self, step: Step, nth: int, note: Path) -> None:
        self._step = step
        self._left = nth
        self._note = note
        self._lock = threading.Lock()

    def __call__(self, step: Step) -> None:
        with self._lock:
            if step is not self._step:
                return
            self._left -= 1
            if self._left == 0:
                self._note.write_text(SystemClock().utc().isoformat())
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """Run until the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--step", type=Step, required=True)
    parser.add_argument("--nth", type=int, default=1)
    parser.add_argument("--note", type=Path, required=True)
    chosen = parser.parse_args()
    configure_logging("INFO")
    return run(load_config(chosen.config), PowerCut(chosen.step, chosen.nth, chosen.note))


if __name__ == "__main__":
    sys.exit(main())
