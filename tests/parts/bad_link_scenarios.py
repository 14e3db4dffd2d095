"""The bad networks of `bad_links.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.bad_link import Conditions

_FILE = Path(__file__).with_name("bad_links.toml")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A bad network, and what happens to it meanwhile."""

    name: str
    conditions: Conditions
    outage_s: float = 0.0
    """How long nothing passes, once."""
    moves: bool = False
    """Whether the viewer's address changes, once."""

    @property
    def is_for_namespaces(self) -> bool:
        """Whether a kernel without netem can be that bad by itself."""
        return not (self.conditions.delay_s or self.conditions.jitter_s or self.moves)


def scenarios() -> dict[str, Scenario]:
    """All of them by name, in the order of the file."""
    return {name: _read(name, dict(facts)) for name, facts in _tables().items()}


def conditions_of(name: str) -> Conditions:
    """What one of them is like."""
    return scenarios()[name].conditions


def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text())


def _read(name: str, facts: dict[str, Any]) -> Scenario:
    outage_s, moves = facts.pop("outage_s", 0.0), facts.pop("moves", False)
    return Scenario(name=name, conditions=Conditions(**facts), outage_s=outage_s, moves=moves)
