"""The comments of an incident as people read them: by the clock of the place."""

from zoneinfo import ZoneInfo

from core.timestamps import from_iso
from core.ui.catalogue import Texts
from core.ui.spelling import moment


def comment_lines(comment: str, zone: ZoneInfo, texts: Texts) -> tuple[str, ...]:
    """Each remark with when it was made, who made it and what it says.

    The index keeps them as lines that begin with an instant; any other line goes on with the
    remark before it and is left as it is.
    """
    return tuple(_line(line, zone, texts) for line in comment.splitlines())


def _line(line: str, zone: ZoneInfo, texts: Texts) -> str:
    told, _, rest = line.partition(" ")
    try:
        return f"{moment(from_iso(told), zone, texts)} · {rest}"
    except ValueError:
        return line
