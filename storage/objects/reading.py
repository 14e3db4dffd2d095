"""How a store hands out bytes."""

from collections.abc import Iterator


def begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A generator that has run to its first item, which is empty and dropped.

    By then it holds its file or connection, and from then on gives it back even when nobody
    ever asks for a chunk: a generator that was never begun runs no `finally`.
    """
    next(chunks)
    return chunks
