"""What can be wrong with a record, by name."""

from core.errors import DamagedError


class EntryError(DamagedError):
    """A journal line is not an entry, or not one this device signed."""


class EntryFormatError(EntryError):
    """The line is not `JSON tab signature`, or a field is missing or of the wrong type."""


class EntrySignatureError(EntryError):
    """The line was not signed by this key, or was changed afterwards."""


class ChainError(EntryError):
    """An entry does not follow the one before it."""
