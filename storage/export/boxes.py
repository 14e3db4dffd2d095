"""ISO BMFF boxes: read from bytes, written to bytes. Pure.

Source: ISO/IEC 14496-12 section 4.2.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import DamagedError


class FootageFormatError(DamagedError):
    """Stored bytes are not the fragmented MP4 that was announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box and its contents, without its header."""

    kind: bytes
    content: bytes

    def children(self, skip_bytes: int = 0) -> list["Box"]:
        """The boxes inside, behind `skip_bytes` of fields."""
        return list(read_boxes(self.content[skip_bytes:]))

    def child(self, *path: bytes) -> "Box":
        """The first box along a path of kinds.

        Raises:
            FootageFormatError: There is none.
        """
        found = self
        for kind in path:
            matches = [box for box in found.children() if box.kind == kind]
            if not matches:
                raise FootageFormatError(f"a {found.kind!r} box without {kind!r}")
            found = matches[0]
        return found

    def all(self, kind: bytes) -> list["Box"]:
        """Every direct child of a kind."""
        return [box for box in self.children() if box.kind == kind]

    def fields(self, layout: str, offset: int = 0) -> tuple[int, ...]:
        """Big-endian numbers at an offset.

        Raises:
            FootageFormatError: The box is too short.
        """
        try:
            return struct.unpack_from(f">{layout}", self.content, offset)
        except struct.error as error:
            raise FootageFormatError(f"a {self.kind!r} box is cut off") from error

    @property
    def version(self) -> int:
        """Of a full box."""
        return self.fields("B")[0]

    @property
    def flags(self) -> int:
        """Of a full box."""
        return self.fields("I")[0] & 0xFFFFFF

    def to_bytes(self) -> bytes:
        """The box as it was."""
        return make_box(self.kind, self.content)


def read_boxes(data: bytes) -> Iterator[Box]:
    """The boxes of a buffer, which must hold whole ones only.

    Raises:
        FootageFormatError: While iterating; a box is longer than the buffer.
    """
    offset = 0
    while offset < len(data):
        header_bytes, size = box_size(data[offset : offset + 16])
        if offset + size > len(data):
            raise FootageFormatError("a box is longer than what holds it")
        content = data[offset + header_bytes : offset + size]
        yield Box(kind=data[offset + 4 : offset + 8], content=content)
        offset += size


def box_size(header: bytes) -> tuple[int, int]:
    """Bytes of the header and of the whole box, from its first 16 bytes (or 8, if all it has).

    Raises:
        FootageFormatError: Not a box, or one without an end.
    """
    if len(header) < 8:
        raise FootageFormatError("a box header is cut off")
    size = int.from_bytes(header[:4], "big")
    header_bytes = 8
    if size == 1:
        header_bytes, size = 16, int.from_bytes(header[8:16], "big")
    if size < header_bytes:  # 0 means "up to the end of the file", which a segment never says
        raise FootageFormatError("a box has an impossible size")
    return header_bytes, size


def make_box(kind: bytes, *contents: bytes) -> bytes:
    """A box around some contents."""
    size = 8 + sum(len(content) for content in contents)
    return b"".join([size.to_bytes(4, "big"), kind, *contents])


def make_full_box(kind: bytes, version: int, flags: int, *contents: bytes) -> bytes:
    """A box with version and flags."""
    return make_box(kind, struct.pack(">I", version << 24 | flags), *contents)
