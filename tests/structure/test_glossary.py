"""The glossary holds every word once, and every word the code says to people."""

import re

import pytest

from core.footage import GapCause
from core.health import Reason
from tests.structure.sources import ROOT

TEXT = (ROOT / "docs/glossary.md").read_text("utf-8")
WORDS = [line.split("|")[1].strip() for line in TEXT.split("\n## ")[0].splitlines() if "|" in line][
    2:
]
NEEDED = {
    "camera", "chain", "coverage", "device", "entry", "epoch", "fragment", "frame", "gap", "grant",
    "heartbeat", "hold", "incident", "init", "journal", "keyframe", "manifest", "object", "packet",
    "publication", "run", "segment", "spool", "station", "still", "viewer",
}  # fmt: skip


def test_words_stand_in_order_and_once():
    lowered = [word.lower() for word in WORDS]
    assert lowered == sorted(set(lowered))


def test_the_words_of_the_field_are_there():
    assert NEEDED - set(WORDS) == set()


@pytest.mark.parametrize(("title", "words"), [("Causes of gaps", GapCause), ("Reasons of", Reason)])
def test_what_the_code_says_is_explained_in_the_same_order(title, words):
    section = next(part for part in TEXT.split("\n## ") if part.startswith(title))
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [word.value for word in words]
