from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.entry import Entry, EntryKind
from storage.intake.chain import Standing, standing_of
from tests.fakes.journal import Journal


def chain(count: int) -> list[Entry]:
    journal = Journal(
        device_id=uuid4(), camera_id=uuid4(), key=Ed25519PrivateKey.generate(), epoch=uuid4()
    )
    for _ in range(count):
        journal.state(EntryKind.STOP, {})
    return journal.entries


ENTRIES = chain(4)
STRANGERS = chain(4)


@pytest.mark.parametrize(
    ("seq", "head", "expected"),
    [
        (0, None, Standing.NEXT),
        (1, None, Standing.EARLY),
        (1, 0, Standing.NEXT),
        (2, 0, Standing.EARLY),
        (3, 2, Standing.NEXT),
    ],
)
def test_an_entry_that_is_not_held_goes_behind_its_predecessor(seq, head, expected):
    before = None if head is None else ENTRIES[head]
    assert standing_of(ENTRIES[seq], before, None, None) is expected


@pytest.mark.parametrize("head", [1, 2, 3])
def test_the_same_line_is_known(head):
    entry = ENTRIES[1]
    assert standing_of(entry, ENTRIES[head], entry.sha256, None) is Standing.KNOWN


@pytest.mark.parametrize("head", [None, 0, 1, 3])
def test_another_line_under_a_held_number_is_a_fork(head):
    before = None if head is None else ENTRIES[head]
    assert standing_of(STRANGERS[1], before, ENTRIES[1].sha256, None) is Standing.FORK


def test_an_entry_of_another_history_is_a_fork():
    assert standing_of(STRANGERS[2], ENTRIES[1], None, None) is Standing.FORK


def test_an_entry_that_fills_a_hole_must_fit_on_both_sides():
    assert standing_of(ENTRIES[1], ENTRIES[0], None, ENTRIES[2].prev) is Standing.NEXT
    assert standing_of(ENTRIES[1], ENTRIES[0], None, STRANGERS[2].prev) is Standing.FORK
