"""Cameras on the network."""

import av

from core.clock import Clock
from recorder.errors import SourceUnreachableError
from recorder.sources.address import SourceAddress, Transport
from recorder.sources.av_errors import named
from recorder.sources.session import AvSession

OPEN_TIMEOUT_S = 10.0
NO_BYTE_S = 4.0
"""Longer than two keyframe intervals of an ordinary camera would need to send one byte, and
short enough that a stop never waits longer for a silent camera than a service may take."""


def open_rtsp(address: SourceAddress, clock: Clock) -> AvSession:
    """Open a session with a camera.

    libavformat reads ahead for seconds to learn what an ordinary player wants to know; all we
    need stands in the session's description. So it is told to take no time and to leave the
    timestamps alone, and the first picture arrives when the camera sends it.

    Raises:
        SourceError: By name; no credentials in its text.
    """
    options = {
        "rtsp_transport": address.transport.value,
        "timeout": str(int(NO_BYTE_S * 1e6)),
        "analyzeduration": "1",
        "probesize": "32",
        "fflags": "nofillin",
        "allowed_media_types": "video+audio" if address.has_sound else "video",
    }
    began_s = clock.monotonic_s()
    try:
        # A read time limit of PyAV's would take the interpreter's lock for each network read;
        # the socket's own, `timeout`, costs nothing.
        container = av.open(address.location, options=options, timeout=(OPEN_TIMEOUT_S, None))
    except (av.FFmpegError, OSError) as error:
        # libavformat says "invalid data" of an answer that did not come in time.
        if clock.monotonic_s() - began_s > 0.9 * NO_BYTE_S:
            raise SourceUnreachableError("the camera does not answer") from None
        raise named(error, is_opening=True) from None
    return AvSession(
        container,
        wants_sound=address.has_sound,
        keeps_unread=address.transport is Transport.TCP,
    )
