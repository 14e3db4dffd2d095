"""What one turn of a sender came to. Pure."""

from enum import StrEnum


class Turn(StrEnum):
    """Says how soon the next one should be."""

    GAINED = "gained"
    """The archive has more than before: go on at once."""
    IDLE = "idle"
    """There was nothing to do."""
    IN_VAIN = "in_vain"
    """There was, and nothing came of it: wait longer each time."""
