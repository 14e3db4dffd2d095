"""What can be wrong with an archive, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What can be wrong."""

    WRONG_STORE = "wrong_store"
    MISSING = "missing"
    WRONG_SIZE = "wrong_size"
    WRONG_BYTES = "wrong_bytes"
    NO_ENTRY = "no_entry"
    NOT_INDEXED = "not_indexed"
    NOT_DELETED = "not_deleted"
    STRANGER = "stranger"
    BROKEN_CHAIN = "broken_chain"
    WRONG_ROW = "wrong_row"
    HOLD_NOT_KEPT = "hold_not_kept"


REMEDIES = {
    FindingKind.WRONG_STORE: "mount the disk or correct the bucket; nothing else was checked",
    FindingKind.MISSING: "bring the object back from a copy of the store",
    FindingKind.WRONG_SIZE: "bring the object back from a copy of the store",
    FindingKind.WRONG_BYTES: "bring the object back from a copy of the store",
    FindingKind.NO_ENTRY: "bring the object back from a copy of the store, with its metadata",
    FindingKind.NOT_INDEXED: "`pollcam archive reindex` would add it",
    FindingKind.NOT_DELETED: "`pollcam archive retain` would delete it, once no hold covers it",
    FindingKind.STRANGER: "somebody else put it there: move it away",
    FindingKind.BROKEN_CHAIN: "restore the index from its backup, or `pollcam archive reindex` "
    "into a new one",
    FindingKind.WRONG_ROW: "restore the index from its backup, or `pollcam archive reindex` "
    "into a new one",
    FindingKind.HOLD_NOT_KEPT: "`pollcam archive reindex` would write its object",
}
"""What to do about it, or which command would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    kind: FindingKind
    subject: str
    """An object key or the name of a chain."""
    detail: str = ""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.kind]
