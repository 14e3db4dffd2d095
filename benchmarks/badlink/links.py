"""What lies between a viewer and an engine: something that can be cut and, some of it, moved."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an engine's media is reached."""

    host: str
    udp_port: int


class BadNetwork(Protocol):
    """The way of one viewer to one engine, for the time of a scenario."""

    @property
    def relay_port(self) -> int | None:
        """Where the viewer has to send instead, on its own machine; None: as it is told."""
        ...

    def cut(self, *, is_cut: bool) -> None:
        """Let nothing pass, or let it pass again."""
        ...

    def move(self) -> None:
        """Give the viewer another address."""
        ...
