"""Keep-alive connections to one server, as cheap as can be: what answers is to be measured."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_OPEN_S = 10.0


class LinkError(Exception):
    """No answer, or one that says no."""


@dataclass(slots=True)
class Link:
    """One connection at a time to where a url says; opened again when the server closed it."""

    _origin: str = ""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = field(default=None)

    async def call(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], within_s: float
    ) -> bytes:
        """Send one request and return the body of its answer.

        Raises:
            LinkError: It did not succeed.
        """
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
        try:
            async with asyncio.timeout(within_s):
                return await self._exchange(parts.netloc, head.encode() + body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.close()
            raise LinkError(f"{method} {parts.path[:28]}: {type(error).__name__}") from error

    def close(self) -> None:
        """Give the connection up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _exchange(self, origin: str, request: bytes) -> bytes:
        for is_last in (False, True):
            reader, writer = await self._opened(origin)
            writer.write(request)
            try:
                return await self._answer(reader)
            except (asyncio.IncompleteReadError, ConnectionError):
                # A server closes what was idle for long. Each of these calls may be repeated.
                self.close()
                if is_last:
                    raise
        raise LinkError("not reached")

    async def _opened(self, origin: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._origin != origin or (self._reader is not None and self._reader.at_eof()):
            self.close()
        if self._reader is None or self._writer is None:
            host, _, port = origin.partition(":")
            async with asyncio.timeout(_OPEN_S):
                self._reader, self._writer = await asyncio.open_connection(host, int(port))
            self._origin = origin
        return self._reader, self._writer

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        _, _, rest = head.partition(b"\r\ncontent-length:")
        length = int(rest.partition(b"\r\n")[0] or 0)
        body = await reader.readexactly(length) if length else b""
        if b"\r\nconnection: close" in head:
            self.close()
        if status >= 300:
            raise LinkError(f"{status}: {body[:200].decode(errors='replace')}")
        return body
