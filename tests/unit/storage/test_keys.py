from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.objects.keys import (
    MAX_KEPT_LINE_BYTES,
    FootageKey,
    KeyKind,
    gap_key,
    init_key,
    kept_line,
    line_metadata,
    read_key,
    segment_key,
)

CAMERA, OBJECT = UUID(int=10), UUID(int=11)
INSTANT = datetime(2026, 11, 24, 8, 0, 1, 500, tzinfo=UTC)


def test_keys_are_those_of_the_house():
    folder = f"v1/{CAMERA}/2026-11-24/080001.000500Z-{OBJECT}"
    assert segment_key(CAMERA, INSTANT, OBJECT) == f"{folder}.m4s"
    assert init_key(CAMERA, INSTANT, OBJECT) == f"{folder}.init.mp4"
    assert gap_key(CAMERA, INSTANT, OBJECT) == f"{folder}.gap.json"


def test_a_key_is_in_utc_whatever_the_zone_of_its_instant():
    bishkek = INSTANT.astimezone(timezone(timedelta(hours=6)))
    assert segment_key(CAMERA, bishkek, OBJECT) == segment_key(CAMERA, INSTANT, OBJECT)


@given(
    st.sampled_from(KeyKind),
    st.uuids(),
    st.uuids(),
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)),
)
def test_what_a_key_says_can_be_read_back(kind, camera_id, object_id, start):
    key = FootageKey(
        kind=kind,
        camera_id=camera_id,
        start_utc=start.replace(tzinfo=UTC),
        object_id=object_id,
    )
    assert read_key(str(key)) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "pollcam-archive.json",
        "v1/notes.txt",
        "aside/v1/x",
        f"v1/{CAMERA}/2026-11-24/080001.000500Z-{OBJECT}.mp4",
        f"v1/{CAMERA}/2026-13-24/080001.000500Z-{OBJECT}.m4s",
        f"v1/{'-' * 36}/2026-11-24/080001.000500Z-{OBJECT}.m4s",
        f"v2/{CAMERA}/2026-11-24/080001.000500Z-{OBJECT}.m4s",
    ],
)
def test_another_name_is_none_of_ours(key):
    assert read_key(key) is None


def test_the_longest_line_fits_into_the_metadata_of_s3():
    metadata = line_metadata("x" * MAX_KEPT_LINE_BYTES)
    names_and_values = sum(len(k) + len(v) for k, v in metadata.items())
    digest = len("pollcam-sha256") + 64
    assert names_and_values + digest < 2048
    assert kept_line(metadata) == "x" * MAX_KEPT_LINE_BYTES


@pytest.mark.parametrize("metadata", [{}, {"pollcam-entry": "%"}, {"pollcam-entry": "/w=="}])
def test_metadata_without_a_line_gives_none(metadata):
    assert kept_line(metadata) is None
