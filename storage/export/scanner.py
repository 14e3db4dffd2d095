"""Finds the fragment headers in a segment that streams past. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from storage.export.boxes import FootageFormatError, box_size

MAX_HEADER_BYTES = 4 * 2**20
"""A fragment is at most some seconds of samples; its header is far smaller than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBox:
    """A header box, whole."""

    kind: bytes
    offset: int
    """From the start of the segment."""
    data: bytes
    """With its own header."""


class BoxScanner:
    """Takes a segment's bytes in pieces of any size and gives its `moof` boxes.

    Media data is passed over without being kept: memory stays below `MAX_HEADER_BYTES`.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0
        """Of the buffer's first byte."""
        self._skip_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[FoundBox]:
        """Take the next bytes; give the `moof` boxes that are now whole.

        Raises:
            FootageFormatError: While iterating; these are no boxes.
        """
        self._buffer += chunk
        while True:
            self._pass_over()
            if self._skip_bytes or len(self._buffer) < 16:
                return
            _, size = box_size(bytes(self._buffer[:16]))
            kind = bytes(self._buffer[4:8])
            if kind != b"moof":
                self._skip_bytes = size
                continue
            if size > MAX_HEADER_BYTES:
                raise FootageFormatError("a fragment header is too large")
            if len(self._buffer) < size:
                return
            yield FoundBox(kind=kind, offset=self._offset, data=bytes(self._buffer[:size]))
            self._skip_bytes = size

    def finish(self) -> None:
        """Say that the segment has ended.

        Raises:
            FootageFormatError: It ended inside a box.
        """
        if self._skip_bytes or self._buffer:
            raise FootageFormatError("the segment ends inside a box")

    def _pass_over(self) -> None:
        passed = min(self._skip_bytes, len(self._buffer))
        del self._buffer[:passed]
        self._offset += passed
        self._skip_bytes -= passed
