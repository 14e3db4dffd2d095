"""What can go wrong with a demo that was asked for rightly."""

from core.errors import PollcamError, SettingsError


class PartRefusedError(SettingsError):
    """A part would not start, and says why."""


class DemoEndedError(PollcamError):
    """The demo cannot go on, and nobody asked it to end."""
