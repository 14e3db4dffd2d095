"""Entries first, then grants, bytes, confirmation: design.md section 5."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from core.wire.message import Message

MAX_BATCH = 256
"""Entries or objects in one request: some 130 kB of entries."""


class EntriesRequest(Message):
    """Signed journal lines, byte for byte, oldest first per camera."""

    lines: tuple[str, ...] = Field(max_length=MAX_BATCH)


class ChainHead(Message):
    """How far the centre has a camera's chain."""

    camera_id: UUID
    epoch: UUID
    seq: int
    """Of the newest entry it holds; -1: none."""


class EntriesReply(Message):
    """Which chains now reach how far; entries behind a refusal stay unsent."""

    heads: tuple[ChainHead, ...]
    refused: tuple[str, ...] = ()
    """Sentences about lines that can never be accepted."""


class ObjectKind(StrEnum):
    """What kind of bytes an object holds."""

    INIT = "init"
    SEGMENT = "segment"


class WantedObject(Message):
    """Bytes the device holds and wants to hand over. Its signed entry was sent before."""

    kind: ObjectKind
    camera_id: UUID
    object_id: UUID
    """The segment's id, or the run's id for an init."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size_bytes: int = Field(gt=0)


class GrantsRequest(Message):
    """Asks for places to put objects."""

    objects: tuple[WantedObject, ...] = Field(max_length=MAX_BATCH)


class GrantState(StrEnum):
    """The centre's answer for one object."""

    UPLOAD = "upload"
    """PUT the bytes to `url` with exactly `headers`."""
    STORED = "stored"
    """Already durable and committed: the device may evict it."""
    UNKNOWN = "unknown"
    """No entry announced it; send the entries first."""
    REFUSED = "refused"
    """Other bytes are known under this id. Never evict; a person must look."""


class Grant(Message):
    """Permission to put one object at one place, once, until `expires_utc`."""

    object_id: UUID
    state: GrantState
    url: str = ""
    """Absolute, or relative to the centre's address."""
    headers: dict[str, str] = Field(default_factory=dict)
    expires_utc: datetime | None = None


class GrantsReply(Message):
    """One answer per wanted object, in the same order."""

    grants: tuple[Grant, ...]


class ConfirmRequest(Message):
    """Objects whose PUT was answered well."""

    object_ids: tuple[UUID, ...] = Field(max_length=MAX_BATCH)


class ConfirmState(StrEnum):
    """What the archive found when it looked."""

    STORED = "stored"
    """Size and SHA-256 checked, row committed. Only now may the device evict it."""
    MISSING = "missing"
    DAMAGED = "damaged"
    """Other bytes than announced arrived; they were set aside. Ask for a new grant."""


class Confirmation(Message):
    """The archive's answer for one object."""

    object_id: UUID
    state: ConfirmState


class ConfirmReply(Message):
    """One answer per object, in the same order."""

    confirmations: tuple[Confirmation, ...]
