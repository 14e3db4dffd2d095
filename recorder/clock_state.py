"""What is known of the device's clock when a segment begins."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockState:
    """The device clock against true time."""

    offset_s: float | None = None
    """Device clock minus the centre's, as last measured; None: never measured."""
    is_synced: bool = False
    """What the operating system says of its own synchronisation."""


ReadClockState = Callable[[], ClockState]


def unknown_clock_state() -> ClockState:
    """Nobody has measured anything."""
    return ClockState()
