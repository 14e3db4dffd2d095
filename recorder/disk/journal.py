"""One camera's chain of signed entries on the disk. Used by one thread at a time."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import Clock
from evidence.chain import check_follows
from evidence.entry import (
    ChainPosition,
    Entry,
    EntryKind,
    check_signature,
    read_entry,
    write_entry,
)
from evidence.errors import EntryError
from recorder.disk.files import disk_errors, make_directory, sync_directory, write_all
from recorder.disk.journal_tail import cut_torn_line, lines_backwards, tail_lines


class Journal:
    """Appends entries to a chain, each durable before the call returns.

    One file holds one epoch. A torn last line, which a power cut leaves, is cut off: it was
    never acknowledged to anybody. A file whose end is damaged otherwise is kept as it is and a
    new epoch begins beside it.

    Args:
        directory: The camera's journals.
        device_id: Who signs.
        camera_id: Whose chain.
        key: The device's.
        clock: For the entries' times.

    Raises:
        DiskError: From every call: the disk takes no bytes. The entry is not in the chain.
    """

    def __init__(
        self,
        *,
        directory: Path,
        device_id: UUID,
        camera_id: UUID,
        key: Ed25519PrivateKey,
        clock: Clock,
    ) -> None:
        self.camera_id = camera_id
        self._key = key
        self._clock = clock
        with disk_errors():
            make_directory(directory)
            newest = _newest(directory)
            self._last = None if newest is None else _sound_tail(newest, device_id, key)
        self._position = (
            ChainPosition(device_id=device_id, camera_id=camera_id, epoch=uuid4())
            if self._last is None
            else ChainPosition.after(self._last)
        )
        self.path = directory / f"{self._position.epoch}.jsonl"

    @property
    def last(self) -> Entry | None:
        """The newest entry; None in a new epoch."""
        return self._last

    def append(self, kind: EntryKind, body: Mapping[str, Any]) -> Entry:
        """Sign a statement and make it durable."""
        now_utc, monotonic_s = self._clock.utc(), self._clock.monotonic_s()
        entry = write_entry(self._key, self._position, kind, body, now_utc, monotonic_s)
        with disk_errors():
            self._write(entry.line.encode() + b"\n")
        self._last = entry
        self._position = ChainPosition.after(entry)
        return entry

    def entries(self, after_seq: int = -1) -> Iterator[Entry]:
        """The chain's entries behind a number, oldest first.

        Raises:
            EntryError: The file is damaged somewhere; see `begin_epoch`.
        """
        if self._last is None or self._last.seq <= after_seq:
            return
        before: Entry | None = None
        with disk_errors(), self.path.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                entry = read_entry(line.rstrip("\n"))
                check_follows(entry, before)
                before = entry
                if entry.seq > after_seq:
                    yield entry

    def newest_first(self) -> Iterator[Entry]:
        """The chain's entries from the newest back; read as far as they are asked for.

        Raises:
            EntryError: As from `entries`.
        """
        if self._last is None:
            return
        with disk_errors():
            for line in lines_backwards(self.path):
                yield read_entry(line)

    def begin_epoch(self) -> None:
        """Leave the file as it is and begin another chain beside it."""
        self._last = None
        self._position = ChainPosition(
            device_id=self._position.device_id, camera_id=self.camera_id, epoch=uuid4()
        )
        self.path = self.path.with_name(f"{self._position.epoch}.jsonl")

    def _write(self, line: bytes) -> None:
        is_new = not self.path.exists()
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            size_bytes = os.fstat(fd).st_size
            try:
                write_all(fd, line)
                os.fsync(fd)
            except OSError:
                os.ftruncate(fd, size_bytes)
                raise
        finally:
            os.close(fd)
        if is_new:
            sync_directory(self.path.parent)


def _newest(directory: Path) -> Path | None:
    files = sorted(directory.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    return files[-1] if files else None


def _sound_tail(path: Path, device_id: UUID, key: Ed25519PrivateKey) -> Entry | None:
    """The last entry of a file whose end holds together; a torn line is cut off."""
    cut_torn_line(path)
    last: Entry | None = None
    try:
        for line in tail_lines(path):
            entry = read_entry(line)
            check_signature(entry, key.public_key())
            if last is not None or entry.seq == 0:
                check_follows(entry, last)
            last = entry
    except EntryError:
        return None
    is_ours = last is not None and last.device_id == device_id and str(last.epoch) == path.stem
    return last if is_ours else None
