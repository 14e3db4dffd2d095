"""An object on its way out: in pieces, each when the throttle says so."""

import asyncio
from collections.abc import AsyncGenerator

from recorder.uplink.sealed_file import SealedFile
from recorder.uplink.throttle import Throttle

_READ_BYTES = 64 * 1024


async def pieces_of(file: SealedFile, throttle: Throttle) -> AsyncGenerator[bytes, None]:
    """All of an open file, once, at the throttle's pace.

    Reading happens in threads: a slow disk must not hold up heartbeats.

    Raises:
        DiskError: The disk does not give it.
    """
    while block := await asyncio.to_thread(file.read, _READ_BYTES):
        while block:
            size_bytes = throttle.pace.piece_bytes
            piece, block = block[:size_bytes], block[size_bytes:]
            await throttle.turn(len(piece))
            yield piece
