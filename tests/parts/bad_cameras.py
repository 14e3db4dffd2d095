"""Cameras that speak RTSP badly, each in its own way, on sockets of this process."""

import base64
import random
import socket
import struct
import threading
from typing import Self

_SPS = bytes.fromhex("6742c00dda0507ec05a8303035280000030008000003019478a155")
_PPS = bytes.fromhex("68ce3c80")
_SETS = ",".join(base64.b64encode(unit).decode() for unit in (_SPS, _PPS))
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=bad\r\nt=0 0\r\na=control:*\r\n"
    "m=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 H264/90000\r\n"
    f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={_SETS}\r\na=control:track1\r\n"
)
_INTERVAL_S = 0.04


class BadCamera:
    """Listens on a port of its own until the block ends."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._sessions: list[tuple[socket.socket, threading.Thread]] = []
        self.sessions_total = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection, thread in self._sessions:
            connection.close()
            thread.join()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/"

    def talk(self, connection: socket.socket) -> None:
        """What one session does; it ends with the call."""
        raise NotImplementedError

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.sessions_total += 1
            thread = threading.Thread(target=self._session, args=(connection,), daemon=True)
            self._sessions.append((connection, thread))
            thread.start()

    def _session(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(0.2)
            try:
                self.talk(connection)
            except OSError:
                return

    def wait(self, seconds: float) -> bool:
        """Let time pass; true when the camera is to go away."""
        return self._closing.wait(seconds)


class Mute(BadCamera):
    """Accepts and never says a word."""

    def talk(self, connection):
        while not self.wait(0.2):
            pass


class Babbler(BadCamera):
    """Answers whatever it is asked with words that mean nothing."""

    def talk(self, connection):
        while not self.wait(0):
            if connection.recv(4096):
                connection.sendall(b"RTSP/9.9 banana\r\nlorem ipsum\r\n\r\n")


class Polite(BadCamera):
    """Speaks RTSP well up to PLAY; what it plays is for others to say."""

    def talk(self, connection):
        asked = b""
        while not self.wait(0):
            try:
                asked += connection.recv(4096)
            except TimeoutError:
                continue
            while b"\r\n\r\n" in asked:
                request, _, asked = asked.partition(b"\r\n\r\n")
                connection.sendall(_answer(request.decode("latin-1")))
                if request.startswith(b"PLAY"):
                    self.play(connection)
                    return

    def play(self, connection: socket.socket) -> None:
        raise NotImplementedError


class HangsUp(Polite):
    """Ends every session as soon as it begins: the storm of a camera that restarts for ever."""

    def play(self, connection):
        """Nothing."""


class Noise(Polite):
    """Sends packets of the right form that hold anything but pictures."""

    def play(self, connection):
        number = 0
        while not self.wait(_INTERVAL_S):
            number += 1
            header = struct.pack(">BBHII", 0x80, 0xE0, number % 65536, number * 3600, 1)
            packet = header + self.payload()
            connection.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)

    def payload(self) -> bytes:
        """Anything at all."""
        return random.randbytes(random.randint(1, 1200))


class NoKeyframes(Noise):
    """Sends what claims to be pictures, of which none can ever be begun with."""

    def payload(self):
        return b"\x41" + random.randbytes(600)


def _answer(request: str) -> bytes:
    lines = request.split("\r\n")
    method, cseq = lines[0].split()[0], next(x for x in lines if x.lower().startswith("cseq"))
    more = {
        "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
        "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(_SDP)}\r\n",
        "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1;timeout=60\r\n",
        "PLAY": "Session: 1\r\n",
    }.get(method, "Session: 1\r\n")
    body = _SDP if method == "DESCRIBE" else ""
    return f"RTSP/1.0 200 OK\r\n{cseq}\r\n{more}\r\n{body}".encode()
