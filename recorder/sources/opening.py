"""Opens whatever an address names."""

import threading

from core.clock import Clock
from recorder.sources.address import SourceAddress, SourceKind
from recorder.sources.child import open_child
from recorder.sources.device import device_command
from recorder.sources.file import FileSession
from recorder.sources.pattern import read_pattern
from recorder.sources.rtsp import open_rtsp
from recorder.sources.session import Session
from recorder.sources.test_pattern import pattern_command


def open_source(address: SourceAddress, clock: Clock, stopping: threading.Event) -> Session:
    """Open a session.

    Raises:
        SourceError: By name; no credentials in its text.
    """
    if address.kind is SourceKind.RTSP:
        return open_rtsp(address, clock)
    if address.kind is SourceKind.FILE:
        return FileSession(address, clock, stopping)
    if address.kind is SourceKind.DEVICE:
        return open_child(device_command(address.location), stopping)
    return open_child(pattern_command(read_pattern(address.location)), stopping)
