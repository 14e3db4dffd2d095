"""What the page asks of the station."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from prometheus_client import CollectorRegistry

from core.clock import Clock
from core.wire.heartbeat import StationReport
from recorder.probe.probe import Look


class StationState(Protocol):
    """The station, as its page sees it. All but `report` answer at once."""

    @property
    def number(self) -> str:
        """The official number: "1042"."""
        ...

    @property
    def name(self) -> str:
        """What the station is called."""
        ...

    @property
    def zone(self) -> str:
        """IANA name of its time zone."""
        ...

    @property
    def camera_names(self) -> Mapping[UUID, str]:
        """What each camera looks at; a name may be empty or absent."""
        ...

    @property
    def pin_hash(self) -> str:
        """Argon2 hash of the station's PIN; empty: there is none, and stills stay shut."""
        ...

    @property
    def clock(self) -> Clock:
        """The agent's time."""
        ...

    @property
    def last_heard_age_s(self) -> float | None:
        """Since the centre last answered; None: never in this process."""
        ...

    @property
    def registry(self) -> CollectorRegistry:
        """What `/metrics` tells. Collected in a thread."""
        ...

    def report(self) -> StationReport:
        """What a heartbeat would say now. Called in a thread: it may wait for a slow disk."""
        ...

    def look(self, camera_id: UUID) -> Look | None:
        """The camera's newest still; None: there is none, or no such camera."""
        ...

    def duties(self) -> Mapping[str, bool]:
        """The agent's loops by name, and whether each turned lately."""
        ...
