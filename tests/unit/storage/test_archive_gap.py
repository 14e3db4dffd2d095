from uuid import uuid4

import pytest

from core.footage import Gap, GapCause
from storage.archive_gap import ArchiveGap, GapFormatError, read_archive_gap, write_archive_gap
from tests.fakes.holdings import stretch

STATEMENT = ArchiveGap(
    gap=Gap(
        gap_id=uuid4(),
        camera_id=uuid4(),
        range=stretch(0, 10),
        cause=GapCause.EXPIRED,
        said_by="archive",
    ),
    lines=('{"an":"entry"}\tsignature', '{"another":1}\tsignature'),
)


def test_a_statement_can_be_read_back_with_the_lines_behind_it():
    assert read_archive_gap(write_archive_gap(STATEMENT)) == STATEMENT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        write_archive_gap(STATEMENT).replace(b"gap/1", b"gap/2"),
        write_archive_gap(STATEMENT).replace(b'"expired"', b'"forgotten"'),
        write_archive_gap(STATEMENT).replace(b'"t0": "2026', b'"t0": "2027'),
    ],
)
def test_anything_else_is_named_so(content):
    with pytest.raises(GapFormatError):
        read_archive_gap(content)
