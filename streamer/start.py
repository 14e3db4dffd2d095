"""Where a viewer enters a publication, and under which timestamps it gets the past. Pure."""

from dataclasses import dataclass

from streamer.unit_ring import PacketizedUnit

CATCH_UP_SPACING = 180
"""RTP ticks between pictures of the past, 2 ms: about as they are sent. With their own
timestamps a player would take them for early and show everything late by a GOP."""
AGAIN_SPACING_TICKS = 1500
"""Within so many RTP ticks after its newest picture a viewer gets the past once more: earlier
timestamps would go back in its time, later ones would overtake the next picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a viewer enters a publication."""

    first_number: int
    """Its first picture, a keyframe."""
    present_number: int
    """The newest picture when it came; those before it are the past."""
    present_timestamp: int
    is_first: bool = True
    """Whether it comes now; else it has been sent the present already."""

    def timestamp_of(self, unit: PacketizedUnit) -> int:
        """The timestamp under which the viewer gets a picture, not wrapped."""
        ago = self.present_number - unit.number
        if ago < 0 or (self.is_first and ago == 0):
            return unit.timestamp
        if self.is_first:
            return self.present_timestamp - ago * CATCH_UP_SPACING
        number, count = unit.number - self.first_number, self.present_number - self.first_number
        return self.present_timestamp + 1 + number * AGAIN_SPACING_TICKS // (count + 1)
