"""What the station page is made from: facts and judgements, no words yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from core.health import Judgement
from core.ui.link import Link
from core.wire.heartbeat import CameraReport, StationReport


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFacts:
    """One camera, its judgement, and where its newest still is."""

    camera_id: UUID
    position: int
    name: str
    judgement: Judgement
    report: CameraReport | None
    still_url: str | None
    """Must change with the picture, as with `?at=<seconds>`. None: this reader may not see it,
    because the station's PIN was not given, or there is none."""
    still_taken_utc: datetime | None = None
    """When the picture behind the address was taken; None: there is no picture yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFacts:
    """A station at one instant, as the agent or the centre knows it."""

    number: str
    name: str
    zone: ZoneInfo
    judgement: Judgement
    cameras: tuple[CameraFacts, ...]
    """By position."""
    report: StationReport | None
    """The newest heartbeat; None: there never was one."""
    report_utc: datetime | None
    """When it was made (on site) or arrived (at the centre)."""
    link: Link
    now_utc: datetime

    @property
    def is_known(self) -> bool:
        """Whether the report is fresh enough to speak of now."""
        silent = {"never_seen", "agent_silent"}
        return self.report is not None and not silent & {r.value for r in self.judgement.reasons}
