"""What the centre wants of this station, kept over a restart without a link."""

import contextlib
import os
from pathlib import Path
from typing import TypedDict

from pydantic import ValidationError

from core.station import SEGMENT_TARGET_S
from core.wire.heartbeat import DesiredConfig
from recorder.setup.config import AgentConfig

_NAME = "desired.json"


class Desired:
    """The newest wish of the centre, and where it is kept.

    Args:
        folder: Of the spool.
        first: What enrolment said.
    """

    def __init__(self, folder: Path, first: DesiredConfig) -> None:
        self._path = folder / _NAME
        self.config = self._kept() or first

    def take(self, config: DesiredConfig) -> bool:
        """Note a wish; whether it is a new one."""
        if config == self.config:
            return False
        self.config = config
        self._keep()
        return True

    def _kept(self) -> DesiredConfig | None:
        try:
            return DesiredConfig.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None

    def _keep(self) -> None:
        # Not worth an fsync: the next answer of the centre says it again.
        fresh = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):
            fresh.write_text(self.config.model_dump_json())
            os.replace(fresh, self._path)  # noqa: PTH105 says that it replaces


class UplinkTerms(TypedDict):
    """How footage may be sent."""

    max_kbps: int | None
    newest_first: bool


def uplink_terms(config: AgentConfig, desired: DesiredConfig) -> UplinkTerms:
    """The station's own settings and the centre's: the tighter cap, and newest first if either."""
    caps = [cap for cap in (config.uplink.max_kbps, desired.uplink_max_kbps) if cap is not None]
    is_newest_first = desired.upload_newest_first or config.uplink.order == "newest_first"
    return UplinkTerms(max_kbps=min(caps, default=None), newest_first=is_newest_first)


def first_wish(config: AgentConfig) -> DesiredConfig:
    """What enrolment said; holds until the centre has been heard."""
    target_s = SEGMENT_TARGET_S[config.mode]
    return DesiredConfig(mode=config.mode, live=config.live, segment_target_s=target_s)
