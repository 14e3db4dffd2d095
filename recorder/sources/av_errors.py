"""libav's errors in this project's names, without the addresses they carry."""

import errno

import av

from core.redact import redacted
from recorder.errors import (
    SourceError,
    SourceGarbageError,
    SourceSilentError,
    SourceUnreachableError,
)

_SILENT = frozenset({errno.ETIMEDOUT, errno.EAGAIN})


def named(error: av.FFmpegError | OSError, *, is_opening: bool = False) -> SourceError:
    """Translate what libav raised; the result is to be raised `from None`.

    Its own text names the URL with user and password, in the chained exception too, so the
    chain is cut and only the reason is kept.
    """
    reason = redacted(getattr(error, "strerror", None) or type(error).__name__)
    if isinstance(error, (av.InvalidDataError, av.BSFNotFoundError, av.DecoderNotFoundError)):
        return SourceGarbageError(f"not video: {reason}")
    if getattr(error, "errno", None) in _SILENT or isinstance(error, av.ExitError):
        if is_opening:
            return SourceUnreachableError("the camera does not answer")
        return SourceSilentError("the session is open and nothing comes")
    return SourceUnreachableError(f"the camera: {reason}")
