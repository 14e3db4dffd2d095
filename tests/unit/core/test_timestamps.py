from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.timestamps import from_iso, to_iso


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC)
    )
)
def test_an_instant_survives_its_spelling(instant):
    assert from_iso(to_iso(instant)) == instant


def test_other_zones_become_utc():
    bishkek = timezone(timedelta(hours=6))
    assert to_iso(datetime(2026, 11, 24, 14, 0, tzinfo=bishkek)) == "2026-11-24T08:00:00.000000Z"
    assert from_iso("2026-11-24T14:00:00+06:00") == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused_both_ways():
    with pytest.raises(ValueError, match="time zone"):
        to_iso(datetime(2026, 11, 24))
    with pytest.raises(ValueError, match="time zone"):
        from_iso("2026-11-24T08:00:00")
