"""Whether an entry follows another."""

from evidence.entry import NO_PREDECESSOR, Entry
from evidence.errors import ChainError


def check_follows(entry: Entry, before: Entry | None) -> None:
    """Hold an entry to its predecessor; `None` says it must open its epoch.

    Raises:
        ChainError: Something is missing, added or swapped between the two.
    """
    if before is None:
        if entry.seq != 0 or entry.prev != NO_PREDECESSOR:
            raise ChainError(f"entry {entry.seq} opens a chain; the entries before it are missing")
        return
    if (entry.device_id, entry.camera_id, entry.epoch) != (
        before.device_id,
        before.camera_id,
        before.epoch,
    ):
        raise ChainError("the two entries are of different chains")
    if entry.seq != before.seq + 1:
        raise ChainError(f"entry {entry.seq} follows entry {before.seq}")
    if entry.prev != before.sha256:
        raise ChainError(f"entry {entry.seq} does not name the entry before it")
