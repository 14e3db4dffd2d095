"""The recorder as the agent runs it, everything on: hashing, sealing, spool, fsync, stock."""

import argparse
import sys
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.logs import configure_logging
from recorder.camera import CameraPlan
from recorder.heap import keep_heap_small
from recorder.recording import Recording
from recorder.sources.address import read_address


def main() -> int:
    """Record the cameras named on the command line until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--segment-s", type=float, required=True)
    parser.add_argument("cameras", nargs="+")
    chosen = parser.parse_args()
    keep_heap_small()
    configure_logging("WARNING")
    recording = Recording(
        spool=chosen.spool,
        device_id=uuid4(),
        key=Ed25519PrivateKey.generate(),
        plans=[
            CameraPlan(
                camera_id=uuid4(),
                position=position,
                source=read_address(url),
                segment_target_s=chosen.segment_s,
            )
            for position, url in enumerate(chosen.cameras, start=1)
        ],
        clock=SystemClock(),
    )
    recording.start()
    sys.stdin.read()
    return 0 if recording.stop() else 1


if __name__ == "__main__":
    sys.exit(main())
