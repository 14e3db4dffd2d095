from streamer.thinning import FIRST_CALM_S, LONGEST_CALM_S, Thinning


def reports(thinning, lost, from_s, count):
    for number in range(count):
        thinning.note(lost, from_s + number)
    return from_s + count


def thinned(from_s=0.0):
    thinning = Thinning()
    reports(thinning, 0.5, from_s, 2)
    return thinning


def time_until_whole(thinning, from_s):
    now_s = from_s
    while thinning.is_thinned:
        thinning.note(0.0, now_s)
        now_s += 1
    return now_s - from_s


def test_a_link_that_loses_a_little_gets_the_whole_stream():
    thinning = Thinning()
    reports(thinning, 0.05, 0, 100)
    assert not thinning.is_thinned


def test_one_bad_report_changes_nothing_and_two_do():
    thinning = Thinning()
    assert not thinning.note(0.9, 0)
    assert not thinning.note(0.0, 1)
    assert not thinning.note(0.9, 2)
    assert thinning.note(0.9, 3)
    assert thinning.is_thinned


def test_after_a_calm_time_the_whole_stream_is_tried_again():
    thinning = thinned()
    assert not thinning.note(0.0, 10)
    assert not thinning.note(0.0, 10 + FIRST_CALM_S - 1)
    assert thinning.note(0.0, 10 + FIRST_CALM_S)
    assert not thinning.is_thinned


def test_a_loss_begins_the_calm_time_anew():
    thinning = thinned()
    thinning.note(0.0, 10)
    thinning.note(0.5, 13)
    thinning.note(0.0, 14)
    assert not thinning.note(0.0, 10 + FIRST_CALM_S)
    assert thinning.note(0.0, 14 + FIRST_CALM_S)


def test_a_narrow_link_is_tried_less_and_less_often_but_always_again():
    thinning, now_s, waits = thinned(), 2.0, []
    for _ in range(8):
        waits.append(time_until_whole(thinning, now_s))
        now_s = reports(thinning, 0.5, now_s + waits[-1], 2)
    assert waits == sorted(waits)
    assert waits[0] < FIRST_CALM_S + 2
    assert LONGEST_CALM_S <= waits[-1] < LONGEST_CALM_S + 2


def test_a_link_that_was_good_for_long_is_tried_soon_again():
    thinning = thinned()
    now_s = 2 + time_until_whole(thinning, 2)
    now_s = reports(thinning, 0.0, now_s, 100)
    now_s = reports(thinning, 0.5, now_s, 2)
    assert time_until_whole(thinning, now_s) < FIRST_CALM_S + 2
