import os
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.entry import EntryKind
from evidence.errors import EntryError
from recorder.disk.journal import Journal
from recorder.disk.journal_tail import TAIL_BYTES
from recorder.errors import DiskFailedError
from tests.fakes.clock import FakeClock

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DEVICE, CAMERA = uuid4(), uuid4()


@pytest.fixture
def reopen(tmp_path):
    def opened(**changes):
        known = {"device_id": DEVICE, "camera_id": CAMERA, "key": KEY}
        return Journal(directory=tmp_path / "journal", clock=FakeClock(), **{**known, **changes})

    return opened


def filled(journal, count=3):
    return [journal.append(EntryKind.STOP, {"n": n}) for n in range(count)]


def test_a_chain_goes_on_where_it_was_left(reopen):
    first = filled(reopen())
    journal = reopen()
    assert journal.last == first[-1]
    following = journal.append(EntryKind.STOP, {})
    assert (following.seq, following.prev) == (3, first[-1].sha256)
    assert list(reopen().entries()) == [*first, following]


def test_entries_behind_a_number_are_given_alone(reopen):
    entries = filled(reopen(), 5)
    assert list(reopen().entries(after_seq=2)) == entries[3:]
    assert list(reopen().entries(after_seq=4)) == []


@pytest.mark.parametrize("torn", [b'{"v":1,"device":', bytes(4096)])
def test_a_torn_last_line_was_never_acknowledged_and_is_cut_off(reopen, torn):
    journal = reopen()
    entries = filled(journal)
    with journal.path.open("ab") as file:
        file.write(torn)
    again = reopen()
    assert again.last == entries[-1]
    again.append(EntryKind.STOP, {})
    assert len(list(reopen().entries())) == 4


@pytest.mark.parametrize("tail", [b"\n", b"{}\tAAAA\n", b"\xff\xfe\n"])
def test_an_end_damaged_otherwise_is_kept_and_a_new_epoch_begins(reopen, tail):
    journal = reopen()
    filled(journal)
    with journal.path.open("ab") as file:
        file.write(tail)
    kept = journal.path.read_bytes()
    again = reopen()
    assert again.last is None
    assert again.path != journal.path
    opened = again.append(EntryKind.STOP, {})
    assert (opened.seq, opened.epoch != journal.last.epoch) == (0, True)
    assert journal.path.read_bytes() == kept


def test_a_long_end_without_a_line_is_not_touched(reopen):
    journal = reopen()
    filled(journal)
    with journal.path.open("ab") as file:
        file.write(b"x" * (2 * TAIL_BYTES))
    size = journal.path.stat().st_size
    assert reopen().last is None
    assert journal.path.stat().st_size == size


@pytest.mark.parametrize("changes", [{"key": Ed25519PrivateKey.generate()}, {"device_id": uuid4()}])
def test_another_devices_journal_is_no_chain_of_ours(reopen, changes):
    filled(reopen())
    journal = reopen(**changes)
    assert journal.last is None
    assert journal.append(EntryKind.STOP, {}).seq == 0


def test_a_line_damaged_inside_is_noticed_when_it_is_read(reopen):
    journal = reopen()
    filled(journal, 200)
    data = bytearray(journal.path.read_bytes())
    data[500] ^= 1
    journal.path.write_bytes(data)
    again = reopen()
    assert again.last is not None
    with pytest.raises(EntryError):
        list(again.entries())


def test_a_new_epoch_leaves_the_old_file_alone(reopen):
    journal = reopen()
    filled(journal)
    old, kept = journal.path, journal.path.read_bytes()
    journal.begin_epoch()
    assert journal.last is None
    assert journal.append(EntryKind.STOP, {}).seq == 0
    assert old.read_bytes() == kept


def test_the_newest_come_first_however_many_there_are(reopen):
    journal = reopen()
    entries = filled(journal, 400)
    assert journal.path.stat().st_size > 2 * TAIL_BYTES
    assert list(journal.newest_first()) == entries[::-1]
    assert list(reopen().newest_first()) == entries[::-1]


def test_an_empty_journal_has_no_entries(reopen):
    assert list(reopen().newest_first()) == []
    assert list(reopen().entries()) == []


def test_an_entry_that_could_not_be_made_durable_is_not_in_the_chain(reopen, monkeypatch):
    journal = reopen()
    entries = filled(journal)

    def failing(fd):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        with pytest.raises(DiskFailedError):
            journal.append(EntryKind.STOP, {})
    assert journal.last == entries[-1]
    assert journal.append(EntryKind.STOP, {}).seq == 3
    assert len(list(reopen().entries())) == 4
