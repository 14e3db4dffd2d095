from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence.chain import check_follows
from evidence.entry import EntryKind
from evidence.errors import ChainError
from tests.fakes.journal import Journal

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def chain(length, **ids):
    known = {"device_id": uuid4(), "camera_id": uuid4(), "epoch": uuid4()}
    journal = Journal(key=KEY, **{**known, **ids})
    for _ in range(length):
        journal.state(EntryKind.STOP, {})
    return journal.entries


def follow(entries):
    for before, entry in zip([None, *entries], entries, strict=False):
        check_follows(entry, before)


ENTRIES = chain(8)


def test_a_chain_as_it_was_written_holds():
    follow(ENTRIES)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=8))
def test_any_other_choice_or_order_of_its_entries_does_not(order):
    entries = [ENTRIES[n] for n in order]
    if order == list(range(len(order))):
        follow(entries)
    else:
        with pytest.raises(ChainError):
            follow(entries)


@pytest.mark.parametrize("name", ["device_id", "camera_id", "epoch"])
def test_an_entry_of_another_chain_does_not_follow(name):
    first, second = ENTRIES[:2]
    with pytest.raises(ChainError, match="different chains"):
        check_follows(replace(second, **{name: uuid4()}), first)


def test_an_entry_that_names_another_predecessor_does_not_follow():
    first, second = ENTRIES[:2]
    with pytest.raises(ChainError, match="does not name"):
        check_follows(replace(second, prev="1" * 64), first)


def test_an_epoch_is_opened_by_number_zero_alone():
    with pytest.raises(ChainError, match="missing"):
        check_follows(ENTRIES[1], None)
    with pytest.raises(ChainError, match="missing"):
        check_follows(replace(ENTRIES[0], prev="1" * 64), None)
