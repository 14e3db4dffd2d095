import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ring import Ring


@given(st.lists(st.integers()), st.integers(1, 10))
def test_keeps_the_newest_in_order_and_counts_the_rest(items, capacity):
    ring: Ring[int] = Ring(capacity)
    for item in items:
        ring.push(item)
    assert ring.dropped_total == max(0, len(items) - capacity)
    assert [ring.pop() for _ in range(len(ring))] == items[-capacity:]
    assert ring.pop() is None


def test_a_ring_without_room_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Ring(0)
