"""How often viewers that lost the picture are given the last GOP, and what is believed of them."""

import asyncio
from types import SimpleNamespace

import pytest
from pylibsrtp import Policy, Session

from streamer.egress import BEGINS_AT_ONCE, BEGINS_PER_S, SendDesk
from streamer.rtp.rtcp import ReceptionReport
from streamer.shift import Shift
from streamer.template import Group
from streamer.thinning import Share
from streamer.viewer import ANEW_AT_ONCE, ANEW_EVERY_S, Viewer

GROUP = Group(ssrc=5, payload_type=96, tag_bytes=16)


@pytest.fixture
def desk():
    return SendDesk()


@pytest.fixture
def new_viewer(desk):
    def make():
        policy = Policy(key=bytes(range(46)), ssrc_type=Policy.SSRC_ANY_OUTBOUND)
        link = SimpleNamespace(srtp=Session(policy), way=None)
        return Viewer(link, GROUP, desk, Shift())

    return make


async def test_a_viewer_that_asks_all_the_time_is_given_a_few(new_viewer):
    viewer = new_viewer()
    given = [viewer.lose_picture(0.1 * n) for n in range(100)]
    assert given[0]
    assert not any(given[1 : int(ANEW_EVERY_S * 10)])
    assert sum(given) <= ANEW_AT_ONCE + 2
    await asyncio.wait_for(viewer.wait_changed(), 1)
    assert viewer.begins_anew


def test_when_all_of_a_node_begin_anew_at_once_most_wait_for_the_next_keyframe(new_viewer):
    given = [new_viewer().lose_picture(0.0) for _ in range(300)]
    assert sum(given) == BEGINS_AT_ONCE
    later = [new_viewer().lose_picture(1.0) for _ in range(300)]
    assert sum(later) == BEGINS_PER_S


@pytest.mark.parametrize(("ago_s", "round_trip_s"), [(0.25, 0.25), (3600, None), (-1, None)])
def test_a_round_trip_over_which_a_clock_was_set_is_none(new_viewer, ago_s, round_trip_s):
    viewer, middle_ntp = new_viewer(), 2**31
    report = ReceptionReport(
        ssrc=GROUP.ssrc,
        fraction_lost=0.0,
        lost_total=0,
        highest_sequence=1,
        jitter=0,
        last_sender_report=middle_ntp - int(ago_s * 65536),
        delay=0,
    )
    offered = (Share.WHOLE, Share.KEYFRAMES)
    viewer.note(report, middle_ntp=middle_ntp, whole_bps=1, offered=offered, now_s=0.0)
    assert viewer.counters.round_trip_s == round_trip_s
