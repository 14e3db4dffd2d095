"""What all messages have in common."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """A frozen value with JSON on both sides.

    Unknown keys are ignored on purpose: a station updated last month talks to a centre
    updated today, and the other way round.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
