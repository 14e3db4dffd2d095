"""The order of the tests knows files that exist."""

from tests.order import ROOT, WAITING


def test_every_file_that_waits_is_there():
    assert [file for file in sorted(WAITING) if not (ROOT / file).is_file()] == []
