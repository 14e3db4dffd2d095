"""Stock Firefox, driven over WebDriver BiDi: an engine that shares nothing with Chromium.

Firefox decodes H.264 of WebRTC by a plug-in of Cisco's that it downloads when it first runs, or
by the system's FFmpeg where it takes the graphics driver for capable of it. A test machine has
neither that download nor a driver, so the preferences say that the driver is fine.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets

from tests.parts.free_port import free_port

PROGRAM = "firefox-esr"
_ANSWERS_S = 150
_END_S = 30
_H264_BY_FFMPEG = {
    "media.webrtc.hw.h264.enabled": True,
    "media.navigator.mediadatadecoder_h264_enabled": True,
    "gfx.blacklist.webrtc.hw.acceleration.h264": 1,
}
_QUIET = {
    "remote.prefs.recommended": True,
    "media.autoplay.default": 0,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
}


class FirefoxPage:
    """One tab."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._last_id = 0
        self._context = ""

    async def begin(self) -> None:
        await self._command("session.new", capabilities={})
        tree = await self._command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def goto(self, url: str) -> None:
        """Open an address."""
        await self._command(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, expression: str) -> object:
        """What a script's JSON text says."""
        answer = await self._command(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value))",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))

    async def _command(self, method: str, **parameters: object) -> dict:
        self._last_id += 1
        sent = {"id": self._last_id, "method": method, "params": parameters}
        await self._socket.send(json.dumps(sent))
        async with asyncio.timeout(_ANSWERS_S):
            while True:
                answer = json.loads(await self._socket.recv())
                if answer.get("id") == self._last_id:
                    assert answer["type"] == "success", answer
                    return answer["result"]


@asynccontextmanager
async def firefox_page(folder: Path) -> AsyncIterator[FirefoxPage]:
    """Run it for the time of the block; skips where there is none."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is missing: apt install firefox-esr")
    port = free_port()
    preferences = {**_QUIET, **_H264_BY_FFMPEG}
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
    (folder / "user.js").write_text("\n".join(lines))
    with (folder / "firefox.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "--headless", "--no-remote", "--profile", str(folder),
            "--remote-debugging-port", str(port),
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        socket = await _connected(port, process)
        async with socket:
            page = FirefoxPage(socket)
            await page.begin()
            yield page
    finally:
        process.terminate()
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _connected(port: int, process: asyncio.subprocess.Process) -> websockets.ClientConnection:
    async with asyncio.timeout(_ANSWERS_S):
        while True:
            assert process.returncode is None, "Firefox ended"
            try:
                return await websockets.connect(
                    f"ws://127.0.0.1:{port}/session", proxy=None, max_size=None
                )
            except (OSError, websockets.WebSocketException):  # it is about to listen
                await asyncio.sleep(0.1)
