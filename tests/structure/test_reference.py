"""docs/ref says what the code says. To renew it: python -m tests.structure.write_reference."""

import pytest

from tests.structure.reference import (
    BLOCKS,
    block_names,
    documents,
    renewed,
)

HOW = "out of date; run: python -m tests.structure.write_reference"


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_a_document_is_up_to_date(document):
    text = document.read_text("utf-8")
    assert renewed(text) == text, HOW


def test_every_part_has_its_place_in_one_document():
    placed = [name for path in documents() for name in block_names(path.read_text("utf-8"))]
    assert sorted(placed) == sorted(BLOCKS)


def test_a_change_would_be_seen():
    text = "<!-- made: api-metrics -->\nold\n<!-- end -->"
    assert "pollcam_api_requests_total" in renewed(text)
