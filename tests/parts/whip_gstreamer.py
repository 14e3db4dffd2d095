"""Debian's simple-whip-client as a publisher: GStreamer's webrtcbin and libnice.

The package aborts as Debian 12 ships it: it is linked to libsoup 2, and libnice brings libsoup 3
into the process by way of its library for routers' UPnP, which webrtcbin never uses. So it is run
with an empty stand-in for that one library; all else is Debian's.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

PROGRAM = "whip-client"
_STANDS_IN_FOR = "libgupnp-igd-1.0.so.4"
_NAMES = ("get_type", "add_port", "thread_new", "remove_port_local")
_VIDEO = (
    "videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=25/1 ! "
    "x264enc tune=zerolatency key-int-max=50 speed-preset=ultrafast ! "
    "video/x-h264,profile=constrained-baseline ! rtph264pay pt=96 config-interval=-1 ! queue ! "
    "application/x-rtp,media=video,encoding-name=H264,payload=96"
)
_END_S = 60


@asynccontextmanager
async def simple_whip_client(
    url: str, token: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Publish a test picture, with trickled candidates and with relays as the streamer says."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is missing: apt install simple-whip-client")
    _stand_in(folder)
    with (folder / "whip-client.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "-u", url, "-t", token, "--follow-link", "--disable-colors", "-V", _VIDEO,
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            env=os.environ | {"LD_LIBRARY_PATH": str(folder)},
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)  # it says goodbye by DELETE
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _stand_in(folder: Path) -> None:
    source = folder / "none.c"
    functions = (f"void *gupnp_simple_igd_{name}(void) {{ return 0; }}\n" for name in _NAMES)
    source.write_text("".join(functions))
    subprocess.run(
        ("cc", "-shared", "-fPIC", f"-Wl,-soname,{_STANDS_IN_FOR}", "-o",
         str(folder / _STANDS_IN_FOR), str(source)),
        check=True,
    )  # fmt: skip
