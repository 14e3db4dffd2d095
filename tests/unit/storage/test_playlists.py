from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from storage.holdings import by_run
from storage.intake.rows import SegmentState
from storage.playlist_text import LIVE_SEGMENTS, render_event, render_live, render_vod
from storage.playlists import EVENT_PATIENCE, event_items, vod_items
from tests.fakes.hls import Part, Playlist, read_playlist
from tests.fakes.holdings import RUN, at, holding, stretch

OTHER_RUN = UUID(int=2)
PATIENCE_S = EVENT_PATIENCE.total_seconds()
ANNOUNCED = {"state": SegmentState.ANNOUNCED}


def vod(*holdings, start_s: float = 0) -> Playlist:
    return read_playlist(render_vod(vod_items(by_run(list(holdings))), at(start_s)))


def a_run(count: int, **changes):
    return [holding(10 * n, 10 * n + 10, number=n, **changes) for n in range(count)]


def test_a_thousand_segments_of_a_run_play_in_a_row():
    playlist = vod(*a_run(1000))
    assert (playlist.kind, playlist.is_ended, playlist.target_s) == ("VOD", True, 10)
    assert len(playlist.parts) == 1000
    assert sum(part.seconds for part in playlist.parts) == 10_000
    assert {part.map_uri for part in playlist.parts} == {f"/api/v1/runs/{RUN}/init.mp4"}
    assert not any(part.is_discontinuity or part.is_gap for part in playlist.parts)
    assert [part.date for part in playlist.parts] == [at(10 * n) for n in range(1000)]


def test_another_run_is_a_discontinuity_with_its_own_init_and_time():
    first, second = holding(0, 10), holding(60, 70, run_id=OTHER_RUN)
    playlist = vod(first, second)
    assert [part.is_discontinuity for part in playlist.parts] == [False, True]
    assert playlist.parts[1].map_uri == f"/api/v1/runs/{OTHER_RUN}/init.mp4"
    assert playlist.parts[1].date == at(60)


def test_a_run_that_comes_back_names_its_init_again():
    # A clock that stepped back: both runs claim the same time, and each is played whole.
    first = a_run(3)
    second = [holding(5 + 10 * n, 15 + 10 * n, number=n, run_id=OTHER_RUN) for n in range(3)]
    playlist = vod(*sorted([*first, *second], key=lambda h: h.range))
    assert [part.is_discontinuity for part in playlist.parts] == [False] * 3 + [True] + [False] * 2


def test_a_number_that_is_missing_is_a_discontinuity():
    first, _, third = a_run(3)
    assert [part.is_discontinuity for part in vod(first, third).parts] == [False, True]


def test_time_that_is_missing_between_two_numbers_is_a_discontinuity():
    # A full disk: the agent writes nothing for 40 s and goes on in the same run.
    assert [part.is_discontinuity for part in disk_was_full(vod)] == [False, True, False]


def test_a_seam_shorter_than_a_picture_is_none():
    parts = vod(holding(0, 10), holding(10.09, 20, number=1), holding(20.1, 30, number=2)).parts
    assert not any(part.is_discontinuity for part in parts)


def test_time_that_is_missing_is_a_discontinuity_in_what_grows_and_in_what_slides():
    for listed in (lambda *h: event(h, 81), lambda *h: live(h, 81)):
        assert [part.is_discontinuity for part in disk_was_full(listed)] == [False, True, False]


def disk_was_full(listed) -> list[Part]:
    held = holding(0, 10), holding(50, 60, number=1), holding(60, 70, number=2)
    return listed(*held).parts


def test_a_segment_that_is_not_here_is_a_gap_in_an_unbroken_timeline():
    first, _, third = a_run(3)
    playlist = vod(first, holding(10, 20, number=1, **ANNOUNCED), third)
    assert [part.is_gap for part in playlist.parts] == [False, True, False]
    assert not any(part.is_discontinuity for part in playlist.parts)


def test_a_segment_without_its_init_is_a_gap():
    playlist = vod(holding(0, 10), holding(10, 20, run_id=OTHER_RUN, init_stored_utc=None))
    assert len(playlist.parts) == 1


def test_gaps_at_both_ends_are_left_out():
    playlist = vod(
        holding(0, 10, number=0, **ANNOUNCED),
        holding(10, 20, number=1),
        holding(20, 30, number=2, **ANNOUNCED),
    )
    assert [part.date for part in playlist.parts] == [at(10)]


def test_nothing_playable_is_no_playlist():
    assert vod_items([holding(0, 10, state=SegmentState.LOST)]) == []


def test_playing_starts_at_the_instant_that_was_asked_for():
    assert vod(*a_run(2), start_s=7.5).start_s == 7.5
    assert vod(*a_run(2), start_s=-5).start_s is None


def test_the_target_duration_holds_for_an_overlong_segment():
    assert vod(holding(0, 10), holding(10, 33.4, number=1)).target_s == 24


def event(holdings, now_s: float, start_s: float = 0) -> Playlist:
    items = event_items(holdings, stretch(start_s, start_s + 86400), at(now_s))
    return read_playlist(render_event(items, 20))


def test_a_live_playlist_has_no_end_and_a_steady_target():
    playlist = event(a_run(3), 31)
    assert (playlist.kind, playlist.is_ended, playlist.target_s) == ("EVENT", False, 20)
    assert len(playlist.parts) == 3


def test_a_live_playlist_waits_for_bytes_that_were_announced():
    first, second, third = a_run(3)
    late = holding(10, 20, number=1, **ANNOUNCED)
    assert len(event([first, late, third], 31).parts) == 1
    assert len(event([first, second, third], 31).parts) == 3


def test_a_live_playlist_stops_waiting_and_never_changes_its_mind():
    first, _, third = a_run(3)
    late = holding(10, 20, number=1, **ANNOUNCED)
    given_up = event([first, late, third], 20 + PATIENCE_S)
    assert [part.is_gap for part in given_up.parts] == [False, True, False]

    arrived = holding(10, 20, number=1, stored_utc=at(20 + PATIENCE_S + 1))
    after = event([first, arrived, third], 200)
    assert [part.is_gap for part in after.parts] == [False, True, False]


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 150)), min_size=1, max_size=12),
    st.lists(st.integers(0, 400), min_size=2, max_size=6),
)
def test_a_live_playlist_only_grows(delays, instants):
    def known_at(now_s: float):
        found = []
        for number, delay_s in enumerate(delays):
            end_s = 10 * number + 10
            if now_s < end_s:
                break
            is_here = delay_s is not None and end_s + delay_s <= now_s
            found.append(
                holding(
                    10 * number,
                    end_s,
                    number=number,
                    state=SegmentState.STORED if is_here else SegmentState.ANNOUNCED,
                    stored_utc=at(end_s + delay_s) if is_here else None,
                )
            )
        return found

    whole_day = stretch(0, 86400)
    shown = [
        [(i.number, i.is_playable) for i in event_items(known_at(now_s), whole_day, at(now_s))]
        for now_s in sorted(instants)
    ]
    for earlier, later in pairwise(shown):
        assert later[: len(earlier)] == earlier


def test_the_margin_around_a_range_is_not_listed():
    outside = holding(-5, 0 - 0.5)
    items = event_items([outside, *a_run(1)], stretch(0, 100), at(50))
    assert [item.range.start_utc for item in items] == [at(0)]


def live(holdings, now_s: float) -> Playlist:
    items = event_items(holdings, stretch(0, 86400), at(now_s))
    return read_playlist(render_live(items, 20))


def test_a_sliding_playlist_shows_the_newest_minute_and_says_how_many_went_before():
    playlist = live(a_run(20), 201)
    assert (playlist.kind, playlist.is_ended, playlist.first_number) == ("live", False, 14)
    assert [part.date for part in playlist.parts] == [at(10 * n) for n in range(14, 20)]
    assert playlist.parts[0].map_uri == f"/api/v1/runs/{RUN}/init.mp4"


@given(st.lists(st.booleans(), min_size=2, max_size=30))
def test_numbers_and_discontinuities_stay_with_their_segments_while_it_slides(breaks):
    holdings, run, number = [], 1, 0
    for n, is_break in enumerate(breaks):
        run, number = (run + 1, 0) if is_break else (run, number + 1)
        holdings.append(holding(10 * n, 10 * n + 10, number=number, run_id=UUID(int=run)))
    seen = {}
    for shown in range(1, len(holdings) + 1):
        playlist = live(holdings[:shown], 10 * shown + 1)
        assert len(playlist.parts) == min(shown, LIVE_SEGMENTS)
        discontinuity = playlist.passed_discontinuities
        for place, part in enumerate(playlist.parts):
            discontinuity += part.is_discontinuity
            told = (part.uri, part.date, part.map_uri, discontinuity)
            assert seen.setdefault(playlist.first_number + place, told) == told
