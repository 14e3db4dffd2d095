from typing_extensions import Buffer

def send(
    fd: int,
    protect: int,
    burst: Buffer,
    stride: int,
    lengths: bytes,
    ways: Buffer,
    has_segments: bool,
    /,
) -> tuple[list[int], int]: ...
def open(unprotect: int, context: int, datagrams: Buffer, stride: int, /) -> list[bytes]: ...  # noqa: A001
def receive(fd: int, /) -> list[tuple[bytes, int, bytearray]] | None: ...
