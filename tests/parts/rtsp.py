"""RTSP cameras on this machine: GStreamer's server in a process of its own."""

import contextlib
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.waiting import PATIENCE_S

_SERVER = Path(__file__).with_name("rtsp_server.py")


class RtspCameras:
    """One server with a mount for each camera.

    Let each client have a mount of its own: when several open a live one in the same moment,
    GStreamer's server sometimes answers all but the first with 5XX for ever.
    """

    def __init__(self, mounts: dict[str, str], port: int = 0) -> None:
        named = [f"--mount={name}={source}" for name, source in mounts.items()]
        command = ["/usr/bin/python3", str(_SERVER), "--port", str(port), *named]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self._read_port()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def fall_silent(self) -> None:
        """Stay connected and send nothing more."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Go away, as when a plug is pulled: no session is ended in good order."""
        self._process.kill()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()

    def _read_port(self) -> int:
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_S)
        words = self._process.stdout.readline().split() if ready else []
        if words[:1] != ["ready"]:
            self.close()
            raise RuntimeError(
                "GStreamer's RTSP server did not start; see PACKAGES in tests/parts/install.sh"
            )
        return int(words[1])


@contextlib.contextmanager
def rtsp_camera(source: str) -> Iterator[str]:
    """One camera; gives its URL."""
    with RtspCameras({"camera": source}) as cameras:
        yield cameras.url("camera")
