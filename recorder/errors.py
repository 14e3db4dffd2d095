"""What can keep a camera from being recorded, by name. Each failure knows its gap's cause."""

import errno

from core.errors import DamagedError, UnavailableError
from core.footage import GapCause

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class SourceError(UnavailableError):
    """A camera gives no video now. Its text carries no credentials."""

    cause = GapCause.CAMERA_UNREACHABLE


class SourceUnreachableError(SourceError):
    """The camera does not answer, refuses us, or ended the session."""


class SourceSilentError(SourceError):
    """The session is open and no video came for too long."""

    cause = GapCause.CAMERA_SILENT


class SourceGarbageError(SourceError):
    """Something came that is not video, or video that nobody could play."""

    cause = GapCause.CAMERA_GARBAGE


class BoxError(DamagedError):
    """Bytes that should be ISO media boxes are not."""


class DiskError(UnavailableError):
    """The recording disk takes no bytes now."""

    cause = GapCause.DISK_FAILED

    @classmethod
    def of(cls, error: OSError) -> "DiskError":
        """Name what the operating system said."""
        kind = DiskFullError if error.errno in _NO_ROOM else DiskFailedError
        return kind(f"the recording disk: {error.strerror or error}")


class DiskFullError(DiskError):
    """No room is left, or none of ours."""

    cause = GapCause.DISK_FULL


class DiskFailedError(DiskError):
    """Read-only, gone, or refusing writes."""
