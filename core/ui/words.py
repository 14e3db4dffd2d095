"""The names of the texts that belong to values of the vocabulary, and the looks of a status."""

from enum import StrEnum

from core.footage import GapCause
from core.health import Reason, Status
from core.ui.catalogue import Texts


class Tone(StrEnum):
    """How a thing looks: one colour and one shape each, everywhere."""

    OK = "ok"
    FAILING = "failing"
    UNKNOWN = "unknown"
    IDLE = "idle"
    WARNING = "warning"


_TONES = {
    Status.OK: Tone.OK,
    Status.FAILING: Tone.FAILING,
    Status.UNKNOWN: Tone.UNKNOWN,
    Status.NOT_EXPECTED: Tone.IDLE,
}


def tone_of(status: Status) -> Tone:
    """The looks of a status."""
    return _TONES[status]


def status_word(texts: Texts, status: Status) -> str:
    """One or two words: "ok", "failing", "unknown", "not expected now"."""
    return texts(f"status.{status.value}")


def reason_word(texts: Texts, reason: Reason) -> str:
    """A few words that fit a tile: "camera covered"."""
    return texts(f"reason.{reason.value}")


def reason_advice(texts: Texts, reason: Reason) -> str:
    """What a person at the station does about it, one or two sentences."""
    return texts(f"advice.{reason.value}")


def cause_word(texts: Texts, cause: GapCause) -> str:
    """Why there is no footage, in a few words."""
    return texts(f"cause.{cause.value}")


def incident_word(texts: Texts, kind: str) -> str:
    """What happened, in a few words; the kind itself where a newer station names a new one."""
    name = f"incident.{kind}"
    return texts(name) if name in texts else kind


def region_word(texts: Texts, region: str) -> str:
    """The name of a region, a key of `core.regions.REGIONS`."""
    return texts(f"region.{region}")


def role_word(texts: Texts, role: str) -> str:
    """The name of an account's role."""
    return texts(f"role.{role}")
