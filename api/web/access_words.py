"""What the access log wrote down of an act, in the words of the reader. Pure."""

import re

from api.auth.rights import Role
from api.web.tables import begun
from api.web.zones import COUNTRY_ZONE
from core.timestamps import from_iso
from core.ui.catalogue import Texts
from core.ui.spelling import moment
from core.ui.words import role_word

_CAMERA = re.compile(r"camera (\d+) (registered|changed)")
_FROM = re.compile(r"from (\S+) on")


def detail_words(action: str, detail: str, texts: Texts) -> str:
    """A detail as people read it; what they wrote themselves, and ids, stay as they are.

    Args:
        action: Of `storage.registry.access_log.Action`.
        detail: As it was written down.
        texts: Of the reader.
    """
    whose, _, what = detail.partition(": ")
    match action:
        case "hold_placed" | "hold_released":
            return what  # the hold itself is the page of holds' to name
        case "station_changed":
            return begun(_said(what, texts))
        case "account_changed":
            return ": ".join(part for part in (whose, _said(what, texts)) if part)
        case "playlist":
            return begun(_from(detail, texts))
    return detail


def _said(what: str, texts: Texts) -> str:
    return ", ".join(_word(part, texts) for part in what.split(", ") if part)


def _word(what: str, texts: Texts) -> str:
    if camera := _CAMERA.fullmatch(what):
        return texts(f"log.camera_{camera[2]}", n=camera[1])
    if what in list(Role):
        return role_word(texts, what)
    name = f"log.{what.replace(' ', '_')}"
    return texts(name) if name in texts else what


def _from(detail: str, texts: Texts) -> str:
    told = _FROM.fullmatch(detail)
    return (
        texts("log.from", time=moment(from_iso(told[1]), COUNTRY_ZONE, texts)) if told else detail
    )
