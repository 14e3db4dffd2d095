from hypothesis import given
from hypothesis import strategies as st

from api.byte_ranges import Part, wanted_part

sizes = st.integers(1, 10_000)


@given(sizes, st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_range_gives_exactly_the_bytes_it_names(size, first, last):
    content = bytes(n % 251 for n in range(size))
    part = wanted_part(f"bytes={first}-{last}", size)
    if last < first:
        assert part is None
    else:
        assert content[part.start : part.start + part.length] == content[first : last + 1]


@given(sizes, st.integers(0, 20_000))
def test_an_open_range_gives_the_rest_and_a_suffix_the_end(size, number):
    content = bytes(n % 251 for n in range(size))
    rest = wanted_part(f"bytes={number}-", size)
    assert content[rest.start : rest.start + rest.length] == content[number:]
    end = wanted_part(f"bytes=-{number}", size)
    wanted = content[-number:] if number else b""
    assert content[end.start : end.start + end.length] == wanted


@given(st.text(max_size=40), sizes)
def test_no_header_makes_it_leave_the_bytes(header, size):
    part = wanted_part(header, size)
    assert part is None or 0 <= part.start <= part.start + part.length <= max(size, part.start)


def test_nothing_that_can_be_satisfied_is_an_empty_part():
    assert wanted_part("bytes=10-", 10) == Part(10, 0)
