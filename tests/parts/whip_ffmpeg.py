"""FFmpeg's WHIP muxer as a publisher: an implementation that shares nothing with ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg

from core.live_stream import LiveStream
from core.live_token import LiveAction
from tests.parts.live_streamer import LiveStreamer

END_S = 4
WHIP_OPTIONS = ("-whip_flags", "dtls_active", "-handshake_timeout", "60000")
"""By itself it gives up a streamer that is held for five seconds, and for good."""


@asynccontextmanager
async def ffmpeg_publishing(
    streamer: LiveStreamer, camera_id: UUID, film: Path, stream: LiveStream = LiveStream.MAIN
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Send a film's packets as they are, in real time and over and over."""
    token = streamer.token(camera_id, LiveAction.publishing(stream), "a station")
    path = f"{camera_id}/{stream}" if stream is LiveStream.SMALLER else camera_id
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re", "-stream_loop", "-1",
        "-i", str(film), "-c", "copy", "-f", "whip", *WHIP_OPTIONS,
        "-authorization", token, f"{streamer.url}/whip/{path}",
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:  # it waits for a goodbye of a session that had ended before
            process.kill()
            await process.wait()
