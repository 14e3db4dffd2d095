"""What a package says of itself, for machines. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.timestamps import to_iso
from storage.coverage import Coverage
from storage.export.clip import WrittenClip
from storage.export.plan import ExportPlan, PlannedClip
from storage.holdings import Holding

FORMAT = "pollcam-export/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOccasion:
    """Who takes the footage away, when and why."""

    exporter: str
    """The account's name."""
    reason: str
    made_utc: datetime


def make_manifest(
    plan: ExportPlan,
    occasion: ExportOccasion,
    clips: Sequence[tuple[PlannedClip, WrittenClip]],
    init_files: Mapping[str, str],
    device_keys: Mapping[str, str],
) -> dict[str, Any]:
    """The content of `manifest.json`.

    Args:
        plan: What was chosen.
        occasion: By whom and why.
        clips: In the order of the plan.
        init_files: File name of each run's init, by run id.
        device_keys: Public keys by device id, as the archive has them registered.
    """
    station, camera = plan.station, plan.camera
    return {
        "format": FORMAT,
        "made": to_iso(occasion.made_utc),
        "exporter": occasion.exporter,
        "reason": occasion.reason,
        "station": {
            "id": str(station.station_id),
            "number": station.number,
            "name": station.name,
            "region": station.region,
            "address": station.address,
            "timezone": station.timezone,
        },
        "camera": {"id": str(camera.camera_id), "position": camera.position, "name": camera.name},
        "range": {"start": to_iso(plan.wanted.start_utc), "end": to_iso(plan.wanted.end_utc)},
        "coverage": _coverage(plan.coverage, occasion.made_utc),
        "clips": [_clip(*clip, init_files) for clip in clips],
        "devices": dict(device_keys),
    }


def _coverage(coverage: Coverage, now_utc: datetime) -> dict[str, Any]:
    return {
        "ratio": coverage.ratio(now_utc),
        "spans": [
            {
                "start": to_iso(span.range.start_utc),
                "end": to_iso(span.range.end_utc),
                "state": span.state.value,
                "cause": span.cause.value if span.cause else None,
                "said_by": span.said_by or None,
            }
            for span in coverage.spans
        ],
    }


def _clip(
    planned: PlannedClip, written: WrittenClip, init_files: Mapping[str, str]
) -> dict[str, Any]:
    run = planned.run
    return {
        "file": planned.file_name,
        "sha256": written.sha256,
        "size_bytes": written.size_bytes,
        "start": to_iso(planned.holdings[0].range.start_utc),
        "end": to_iso(planned.holdings[-1].range.end_utc),
        "run": str(run.run_id),
        "codec": run.codec,
        "init": {"file": init_files[str(run.run_id)], "sha256": run.init_sha256},
        "segments": [
            _segment(holding, offset)
            for holding, offset in zip(planned.holdings, written.offsets, strict=True)
        ],
    }


def _segment(holding: Holding, offset: int) -> dict[str, Any]:
    return {
        "id": str(holding.segment_id),
        "number": holding.number,
        "start": to_iso(holding.range.start_utc),
        "duration_s": holding.range.duration.total_seconds(),
        "offset": offset,
        "size_bytes": holding.size_bytes,
        "sha256": holding.sha256,
    }
