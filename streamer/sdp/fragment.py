"""What a PATCH carries: more candidates, or a wish to restart ICE. RFC 8840, RFC 9725 4.3."""

from dataclasses import dataclass

from streamer.errors import MalformedSdpError
from streamer.sdp.candidate import MAX_CANDIDATES, RemoteCandidate, read_candidate
from streamer.sdp.lines import Section, read_sections


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """An `application/trickle-ice-sdpfrag`."""

    ufrag: str | None
    """None when the fragment does not say."""
    password: str | None
    candidates: tuple[RemoteCandidate, ...]

    def is_restart_of(self, ufrag: str, password: str) -> bool:
        """Whether it brings other credentials than those the session runs with."""
        is_other_ufrag = self.ufrag is not None and self.ufrag != ufrag
        return is_other_ufrag or (self.password is not None and self.password != password)


def read_fragment(text: str) -> Fragment:
    """Read a fragment.

    Raises:
        MalformedSdpError: A line is not SDP, or nothing in it is ICE.
    """
    sections = read_sections(text, is_fragment=True)
    lines = [value for section in sections for value in section.every("candidate")]
    found = (read_candidate(line) for line in lines)
    ufrag, password = _first(sections, "ice-ufrag"), _first(sections, "ice-pwd")
    is_end = any(section.has("end-of-candidates") for section in sections)
    if not (lines or is_end or ufrag or password):
        raise MalformedSdpError("the fragment says nothing about ICE")
    candidates = tuple(c for c in found if c is not None)[:MAX_CANDIDATES]
    return Fragment(ufrag=ufrag, password=password, candidates=candidates)


def _first(sections: tuple[Section, ...], name: str) -> str | None:
    return next((v for section in sections for v in section.every(name) if v), None)
