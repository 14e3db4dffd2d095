"""Answers with stored bytes: whole, a part, or "you have it". Source: RFC 9110 section 14."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from api.problems import problem
from core.errors import ErrorKind

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBytes:
    """Immutable bytes somewhere."""

    size_bytes: int
    sha256: str
    media_type: str
    read: Callable[[int, int], Iterator[bytes]]
    """From a start, so many; opened by the call."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of bytes."""

    start: int
    length: int


def wanted_part(header: str, size_bytes: int) -> Part | None:
    """What a `Range` header asks for; None: all of it. Length 0: it cannot be satisfied. Pure.

    Several ranges at once, other units and nonsense count as no range, as the standard allows.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size_bytes)
        return Part(size_bytes - length, length)
    start, end = int(first), min(int(last) if last else size_bytes, size_bytes - 1)
    if last and int(last) < start:
        return None
    return Part(start, max(0, end - start + 1))


def answer_bytes(request: Request, stored: StoredBytes) -> Response:
    """The answer to a GET of immutable bytes that only this account's browser may keep."""
    etag = f'"{stored.sha256}"'
    headers = {
        "etag": etag,
        "cache-control": "private, max-age=31536000, immutable",
        "accept-ranges": "bytes",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    part = None
    if request.headers.get("if-range", etag) == etag:
        part = wanted_part(request.headers.get("range", ""), stored.size_bytes)
    if part is None:
        return _streamed(stored, Part(0, stored.size_bytes), HTTPStatus.OK, headers)
    if part.length == 0:
        return _not_satisfiable(stored)
    last = part.start + part.length - 1
    headers["content-range"] = f"bytes {part.start}-{last}/{stored.size_bytes}"
    return _streamed(stored, part, HTTPStatus.PARTIAL_CONTENT, headers)


def _streamed(
    stored: StoredBytes, part: Part, status: HTTPStatus, headers: dict[str, str]
) -> StreamingResponse:
    return StreamingResponse(
        stored.read(part.start, part.length),
        status_code=status,
        headers={**headers, "content-length": str(part.length)},
        media_type=stored.media_type,
    )


def _not_satisfiable(stored: StoredBytes) -> Response:
    return problem(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        f"there are {stored.size_bytes} bytes",
        ErrorKind.BAD_INPUT,
        headers={"content-range": f"bytes */{stored.size_bytes}"},
    )
