"""Signed journal entries: the bytes stored are the bytes signed are the bytes hashed.

A line is `JSON`, a tab, the Ed25519 signature in base64. There is no canonical JSON: nobody
ever serialises an entry a second time. Source: docs/design/evidence.md.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.timestamps import from_iso, to_iso
from evidence.errors import EntryFormatError, EntrySignatureError

NO_PREDECESSOR = "0" * 64
"""`prev` of the first entry of an epoch."""
MAX_LINE_BYTES = 4096
"""Entries are some 600 bytes; a longer line is not one of ours."""
_DOMAIN = b"pollcam-entry-v1\n"


class EntryKind(StrEnum):
    """What an entry states."""

    START = "start"
    """A run began; carries the init."""
    SEGMENT = "segment"
    GAP = "gap"
    STOP = "stop"
    """Recording was ended on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One statement of one camera's chain, as read from its line."""

    device_id: UUID
    camera_id: UUID
    epoch: UUID
    """A chain's name; a new one when a device lost its journal."""
    seq: int
    """0, 1, 2 … within the epoch."""
    prev: str
    """Hex SHA-256 of the line before it (without newline); `NO_PREDECESSOR` at seq 0."""
    kind: EntryKind
    at_utc: datetime
    """When it was written, by the device's clock."""
    monotonic_s: float
    body: Mapping[str, Any]
    """The fields of its kind; see `evidence/statements.py`."""
    line: str
    """The line itself, without newline."""

    @property
    def sha256(self) -> str:
        """Hex digest of the line: `prev` of the next entry."""
        return line_sha256(self.line)


def line_sha256(line: str) -> str:
    """Hex SHA-256 of a line without its newline."""
    return hashlib.sha256(line.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPosition:
    """Where the next entry of a camera's chain goes."""

    device_id: UUID
    camera_id: UUID
    epoch: UUID
    seq: int = 0
    prev: str = NO_PREDECESSOR

    @classmethod
    def after(cls, entry: "Entry") -> "ChainPosition":
        """The place behind an entry."""
        return cls(
            device_id=entry.device_id,
            camera_id=entry.camera_id,
            epoch=entry.epoch,
            seq=entry.seq + 1,
            prev=entry.sha256,
        )


def write_entry(
    key: Ed25519PrivateKey,
    position: ChainPosition,
    kind: EntryKind,
    body: Mapping[str, Any],
    at_utc: datetime,
    monotonic_s: float,
) -> Entry:
    """Sign one statement. The result's `line` is what is stored and sent."""
    fields: dict[str, Any] = {
        "v": 1,
        "device": str(position.device_id),
        "camera": str(position.camera_id),
        "epoch": str(position.epoch),
        "seq": position.seq,
        "prev": position.prev,
        "kind": kind.value,
        "at": to_iso(at_utc),
        "mono": round(monotonic_s, 6),
        "body": dict(body),
    }
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=True)
    signature = b64encode(key.sign(_DOMAIN + text.encode())).decode()
    return read_entry(f"{text}\t{signature}")


def read_entry(line: str) -> Entry:
    """Parse a line without checking its signature.

    Raises:
        EntryFormatError: It is not an entry.
    """
    if len(line) > MAX_LINE_BYTES or not _has_form(line):
        raise EntryFormatError("the line is not `JSON tab signature`")
    try:
        fields = json.loads(line.partition("\t")[0], object_pairs_hook=_without_duplicates)
        return _entry(fields, line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EntryFormatError(f"the line is not an entry: {error}") from error


def check_signature(entry: Entry, key: Ed25519PublicKey) -> None:
    """Hold an entry to its device's key.

    Raises:
        EntrySignatureError: Signed by another key, or changed afterwards.
    """
    text, signature = entry.line.split("\t")
    try:
        key.verify(b64decode(signature, validate=True), _DOMAIN + text.encode())
    except (InvalidSignature, Base64Error) as error:
        raise EntrySignatureError(
            f"entry {entry.seq} of camera {entry.camera_id} is not signed by its device"
        ) from error


def _has_form(line: str) -> bool:
    return line.isascii() and line.count("\t") == 1 and "\n" not in line


def _entry(fields: dict[str, Any], line: str) -> Entry:
    if fields["v"] != 1:
        raise ValueError(f"version {fields['v']!r} is not known")
    seq = fields["seq"]
    if type(seq) is not int or seq < 0:
        raise ValueError("seq must be a whole number from 0")
    return Entry(
        device_id=UUID(fields["device"]),
        camera_id=UUID(fields["camera"]),
        epoch=UUID(fields["epoch"]),
        seq=seq,
        prev=str(fields["prev"]),
        kind=EntryKind(fields["kind"]),
        at_utc=from_iso(fields["at"]),
        monotonic_s=float(fields["mono"]),
        body=dict(fields["body"].items()),
        line=line,
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two readers that pick different twins of a key would see two different statements.
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key appears twice")
    return fields
