from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from core.footage import LONGEST_SEGMENT, GapCause, SegmentEnd
from evidence.entry import EntryKind
from evidence.errors import EntryFormatError
from evidence.statements import gap_body, run_body, segment_body, statement_of
from tests.fakes.journal import MORNING, Journal

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def journal():
    return Journal(key=KEY, device_id=uuid4(), camera_id=uuid4())


def stated(kind, body):
    return statement_of(journal().state(kind, body))


@given(
    duration=st.timedeltas(timedelta(microseconds=1), LONGEST_SEGMENT),
    offset_s=st.none() | st.floats(-1e6, 1e6),
    end=st.sampled_from(SegmentEnd),
    is_synced=st.booleans(),
)
def test_a_segment_comes_out_as_it_went_in(duration, offset_s, end, is_synced):
    camera = journal()
    segment = camera.segment(
        camera.start(),
        3,
        media_duration=duration,
        clock_offset_s=offset_s,
        end=end,
        is_clock_synced=is_synced,
    )
    assert statement_of(camera.entries[-1]) == segment


def test_a_run_comes_out_as_it_went_in():
    camera = journal()
    run = camera.start()
    assert statement_of(camera.entries[-1]) == run


@given(seconds=st.floats(0.001, 1e6), cause=st.sampled_from(GapCause))
def test_a_gap_comes_out_as_it_went_in_and_its_device_said_so(seconds, cause):
    camera = journal()
    gap = camera.gap(MORNING, seconds, cause)
    assert statement_of(camera.entries[-1]) == gap
    assert gap.said_by == "agent"


def test_a_stop_states_nothing_more():
    assert stated(EntryKind.STOP, {}) is None


def _segment_body(**changes):
    camera = journal()
    return {**segment_body(camera.segment(camera.start(), 0)), **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"segment": "?"},
        {"number": -1},
        {"number": True},
        {"number": 1.0},
        {"t0": "2026-11-24"},
        {"media_us": 0},
        {"media_us": 3600 * 10**6 + 1},
        {"media_us": 10**30},
        {"frames": 0},
        {"sha256": "AB" * 32},
        {"sha256": "ab" * 31},
        {"sha256": None},
        {"size": 0},
        {"end": "bored"},
        {"offset_s": "much"},
    ],
)
def test_an_impossible_segment_is_no_statement(changes):
    with pytest.raises(EntryFormatError):
        stated(EntryKind.SEGMENT, _segment_body(**changes))


@pytest.mark.parametrize("name", ["segment", "run", "number", "t0", "media_us", "frames", "synced"])
def test_a_segment_with_a_field_missing_is_no_statement(name):
    body = _segment_body()
    del body[name]
    with pytest.raises(EntryFormatError):
        stated(EntryKind.SEGMENT, body)


@pytest.mark.parametrize("changes", [{"width": 0}, {"timescale": 0}, {"init": "x"}, {"run": 5}])
def test_an_impossible_run_is_no_statement(changes):
    with pytest.raises(EntryFormatError):
        stated(EntryKind.START, {**run_body(journal().start()), **changes})


def test_a_gap_that_ends_before_it_begins_is_no_statement():
    body = gap_body(journal().gap(MORNING, 5.0))
    with pytest.raises(EntryFormatError):
        stated(EntryKind.GAP, {**body, "t1": body["t0"]})


def test_only_the_word_true_says_that_a_clock_was_synchronised():
    assert not stated(EntryKind.SEGMENT, _segment_body(synced=1)).is_clock_synced
