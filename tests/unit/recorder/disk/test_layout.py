from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.disk.layout import SegmentFacts, init_path, open_path, read_name, segment_path

SPOOL = Path("/spool")
FACTS = st.builds(
    SegmentFacts,
    camera_id=st.uuids(),
    run_id=st.uuids(),
    segment_id=st.uuids(),
    number=st.integers(0, 10**9),
    start_utc=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    clock_offset_s=st.none() | st.integers(-(10**9), 10**9).map(lambda ms: ms / 1000),
    is_clock_synced=st.booleans(),
)


@given(FACTS)
def test_a_name_says_all_that_the_bytes_do_not(facts):
    assert read_name(open_path(SPOOL, facts)) == facts
    assert read_name(segment_path(SPOOL, facts)) == facts


@pytest.mark.parametrize(
    "path",
    [
        init_path(SPOOL, uuid4(), uuid4()),
        SPOOL / str(uuid4()) / str(uuid4()) / "000000-nonsense.m4s",
        SPOOL / "stock.sqlite3",
        SPOOL / "a" / "b" / f"000000-{uuid4()}-0-x-0.m4s",
        SPOOL / str(uuid4()) / str(uuid4()) / f"000000-{uuid4()}-0-x-0.m4s.new",
    ],
)
def test_what_is_no_segment_says_nothing(path):
    assert read_name(path) is None


def test_times_before_1970_are_written_too():
    # A device without a battery clock starts there, and may be a time zone behind.
    start_utc = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(hours=6)
    facts = SegmentFacts(
        camera_id=uuid4(),
        run_id=uuid4(),
        segment_id=uuid4(),
        number=0,
        start_utc=start_utc,
        clock_offset_s=None,
        is_clock_synced=False,
    )
    assert read_name(segment_path(SPOOL, facts)) == facts
