"""Writes the package of an export: one zip, stored, streamed, with everything to check it."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from sqlalchemy.orm import Session

from storage.export.clip import ClipSegment, ClipWriter, Sink, WrittenClip
from storage.export.evidence import device_keys, evidence_lines
from storage.export.manifest import ExportOccasion, make_manifest
from storage.export.plan import ExportPlan, PlannedClip
from storage.export.readme import README
from storage.index.footage_tables import RunRow
from storage.objects.port import ObjectDamagedError, ObjectStore

_MAX_INIT_BYTES = 2**20


class PackageWriter:
    """One export on its way into a file.

    Args:
        store: Where the footage is.
        occasion: Who, when and why.
        on_progress: Told how many bytes of footage are written; called for every chunk.
    """

    def __init__(
        self, store: ObjectStore, occasion: ExportOccasion, on_progress: Callable[[int], None]
    ) -> None:
        self._store = store
        self._occasion = occasion
        self._on_progress = on_progress
        self._done_bytes = 0
        self._sums: list[str] = []

    def write(self, session: Session, plan: ExportPlan, file: IO[bytes]) -> None:
        """Write everything; the file must be able to seek.

        Raises:
            ObjectMissingError: The archive lost an object its index has.
            ObjectDamagedError: An object is not what its signed entry announced. The package
                must not be handed out.
            FootageFormatError: An object is not fragmented MP4.
        """
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            inits = self._write_inits(archive, plan)
            clips = [(clip, self._write_clip(archive, clip)) for clip in plan.clips]
            lines = (f"{line}\n".encode() for line in evidence_lines(session, plan))
            self._write_member(archive, "evidence/entries.txt", lines)
            keys = device_keys(session, plan.station.station_id)
            manifest = make_manifest(plan, self._occasion, clips, inits, keys)
            text = json.dumps(manifest, ensure_ascii=False, indent=1)
            self._write_member(archive, "manifest.json", [text.encode()])
            self._write_member(archive, "README.txt", [README.encode()])
            self._write_member(archive, "SHA256SUMS", ["".join(self._sums).encode()])

    def _write_inits(self, archive: zipfile.ZipFile, plan: ExportPlan) -> dict[str, str]:
        names: dict[str, str] = {}
        for clip in plan.clips:
            run_id = str(clip.run.run_id)
            if run_id not in names:
                names[run_id] = f"evidence/{run_id}.init.mp4"
                self._write_member(archive, names[run_id], [self._init(clip.run)])
        return names

    def _init(self, run: RunRow) -> bytes:
        if run.init_size_bytes > _MAX_INIT_BYTES:
            raise ObjectDamagedError(run.object_key, "too large for an init")
        data = b"".join(self._store.get(run.object_key))
        if hashlib.sha256(data).hexdigest() != run.init_sha256:
            raise ObjectDamagedError(run.object_key, "not the bytes its signed entry announced")
        return data

    def _write_clip(self, archive: zipfile.ZipFile, clip: PlannedClip) -> WrittenClip:
        segments = [
            ClipSegment(
                segment_id=h.segment_id, key=h.object_key, size_bytes=h.size_bytes, sha256=h.sha256
            )
            for h in clip.holdings
        ]
        init = self._init(clip.run)
        with self._member(archive, clip.file_name) as sink:
            writer = ClipWriter(init, sink, self._count)
            return writer.write(segments, self._store.get, clip.holdings[0].range.start_utc)

    def _count(self, size_bytes: int) -> None:
        self._done_bytes += size_bytes
        self._on_progress(self._done_bytes)

    def _write_member(self, archive: zipfile.ZipFile, name: str, contents: Iterable[bytes]) -> None:
        with self._member(archive, name) as sink:
            for content in contents:
                sink.write(content)

    @contextmanager
    def _member(self, archive: zipfile.ZipFile, name: str) -> Iterator[Sink]:
        info = zipfile.ZipInfo(name, _dos_time(self._occasion.made_utc))
        info.external_attr = 0o644 << 16
        with archive.open(info, "w", force_zip64=True) as member:
            sink = _HashingSink(member)
            yield sink
        self._sums.append(f"{sink.digest.hexdigest()}  {name}\n")


class _HashingSink:
    """Passes bytes on and keeps their digest, for SHA256SUMS."""

    def __init__(self, target: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._target = target

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        return self._target.write(data)


def _dos_time(instant: datetime) -> tuple[int, int, int, int, int, int]:
    instant = instant.astimezone(UTC)
    return (
        max(instant.year, 1980),  # the format's first year
        instant.month,
        instant.day,
        instant.hour,
        instant.minute,
        instant.second,
    )
