"""A station as people write it: in a form, in JSON or on a line of a list."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.parameters import FilledLine, Line, Region, Timezone
from core.station import LiveMode, StationMode
from storage.registry.stations import StationFacts

MAX_CAMERAS = 16

Number = Annotated[FilledLine, Field(max_length=32)]
Phone = Annotated[Line, Field(max_length=64)]


class StationForm(BaseModel):
    """What is registered of a station."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Number
    name: FilledLine
    region: Region
    address: Line = ""
    mode: StationMode = StationMode.RECORDING_ONLY
    live: LiveMode = LiveMode.ALWAYS
    """Matters for online stations only."""
    timezone: Timezone = "Asia/Bishkek"
    phone: Phone = ""

    def facts(self) -> StationFacts:
        """The same for the registry."""
        return StationFacts(
            number=self.number,
            name=self.name,
            region=self.region,
            mode=self.mode,
            live=self.live,
            address=self.address,
            timezone=self.timezone,
            phone=self.phone,
        )


class NewStation(StationForm):
    """A station with its cameras."""

    cameras: tuple[Line, ...] = Field(default=(), max_length=MAX_CAMERAS)
    """Their names by position; a name may be empty."""
