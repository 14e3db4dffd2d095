"""Real packets through capture's side of a run, up to what the disk thread would be handed."""

import pytest

from core.footage import GapCause
from recorder.capture import timeline
from recorder.capture.inbox import FragmentCame, Inbox, RunBegan, RunEnded
from recorder.capture.run_feed import RunFeed
from recorder.capture.run_keeper import RunKeeper
from recorder.clock_state import unknown_clock_state
from recorder.counters import Counters
from recorder.media.parameter_sets import parameter_sets
from recorder.taps.board import TapBoard
from tests.fakes.clock import FakeClock
from tests.fakes.packets import encode_clip, open_session


class Kept:
    """A keeper with everything around it, and time that goes as fast as the pictures."""

    def __init__(self):
        self.clock, self.step_s = FakeClock(), 0.0
        self.wall = FakeClock()
        self.inbox, self.taps, self.counters = Inbox(), TapBoard(), Counters()
        self.keeper = RunKeeper(
            new_feed=self.new_feed, inbox=self.inbox, taps=self.taps, counters=self.counters
        )

    def new_feed(self, session, sets, order):
        return RunFeed(
            session=session,
            sets=sets,
            order=order,
            clock=self,
            read_clock_state=unknown_clock_state,
            inbox=self.inbox,
        )

    def utc(self):
        return self.wall.utc()

    def monotonic_s(self):
        return self.clock.monotonic_s()

    def take(self, session, packets):
        for packet in packets:
            self.clock.advance(0.1)
            self.wall.advance(0.1)
            self.keeper.take(session, [(packet, self.clock.monotonic_s())])

    def messages(self):
        return list(iter(lambda: self.inbox.take(0), None))


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def session(clip):
    opened = open_session(clip)
    yield opened
    opened.close()


class SlowCamera(Kept):
    """Its clock runs behind: a second of its footage takes almost two to come."""

    def take(self, session, packets):
        for packet in packets:
            self.clock.advance(0.08)
            self.wall.advance(0.08)
            super().take(session, [packet])


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(timeline, "_WINDOW", 1)  # else it takes minutes to be sure
    return SlowCamera()


def pictures(session):
    return [packet for packet in session.packets() if packet.size]


def kinds(messages):
    return [type(message) for message in messages]


def frames(messages):
    came = [message for message in messages if isinstance(message, FragmentCame)]
    return sum(message.fragment.sample_count for message in came)


def test_a_session_is_one_run_of_all_its_pictures(kept, session):
    kept.take(session, pictures(session))
    kept.keeper.end(None)
    messages = kept.messages()
    assert kinds(messages) == [RunBegan, *[FragmentCame] * 6, RunEnded]
    assert frames(messages) == 60
    assert kept.counters.dropped_packets_total == 0
    assert len({message.run_id for message in messages[:-1]}) == 1


def test_nothing_is_recorded_before_a_keyframe_and_it_is_counted(kept, session):
    kept.take(session, pictures(session)[3:])
    kept.keeper.end(None)
    messages = kept.messages()
    assert frames(messages) == 50
    assert kept.counters.dropped_packets_total == 7


def test_fragments_bear_the_time_their_first_picture_came(kept, session):
    began_utc = kept.wall.utc()
    kept.take(session, pictures(session))
    kept.keeper.end(None)
    came = [m for m in kept.messages() if isinstance(m, FragmentCame)]
    offsets_s = [(message.start_utc - began_utc).total_seconds() for message in came]
    assert offsets_s == pytest.approx([0.1, 1.1, 2.1, 3.1, 4.1, 5.1], abs=0.01)


def test_a_change_of_parameter_sets_is_a_new_run(kept, session, plain_clip):
    kept.take(session, pictures(session)[:20])
    other = open_session(plain_clip)
    kept.take(other, pictures(other))
    kept.keeper.end(None)
    other.close()
    began = [message for message in kept.messages() if isinstance(message, RunBegan)]
    assert [(run.facts.width, run.facts.height) for run in began] == [(320, 240), (426, 240)]


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_set_begins_a_new_run_at_the_next_keyframe(kept, session, hours):
    packets = pictures(session)
    kept.take(session, packets[:25])
    kept.wall.advance(3600 * hours)
    kept.take(session, packets[25:])
    kept.keeper.end(None)
    messages = kept.messages()
    ends = [message for message in messages if isinstance(message, RunEnded)]
    assert [end.cause for end in ends] == [GapCause.CLOCK_STEPPED, None]
    assert frames(messages) == 60
    assert kept.counters.dropped_packets_total == 0


def test_a_session_that_ends_before_that_keyframe_still_says_that_the_clock_was_set(kept, session):
    packets = pictures(session)
    kept.take(session, packets[:22])
    kept.wall.advance(3600)
    kept.take(session, packets[22:39])
    kept.keeper.end(None)
    assert kept.messages()[-1] == RunEnded(cause=GapCause.CLOCK_STEPPED)


def test_a_hole_in_the_pictures_ends_the_run_as_silence(kept, session):
    packets = pictures(session)
    for packet in packets[30:]:
        packet.pts += 1_000_000
        packet.dts += 1_000_000
    kept.take(session, packets)
    kept.keeper.end(None)
    messages = kept.messages()
    assert kinds(messages).count(RunBegan) == 2
    assert RunEnded(cause=GapCause.CAMERA_SILENT) in messages
    assert frames(messages) == 60


def test_a_camera_whose_clock_runs_wrong_begins_a_run_that_goes_on_from_the_last(slow, session):
    slow.take(session, pictures(session))
    slow.keeper.end(None)
    messages = slow.messages()
    ends = [message for message in messages if isinstance(message, RunEnded)]
    assert ends == [RunEnded(cause=None, goes_on=True), RunEnded(cause=None)]
    assert frames(messages) == 60
    assert slow.counters.media_clock_lost_total == 1


def test_where_no_picture_can_begin_the_next_run_it_does_not_go_on(slow, session):
    packets = pictures(session)
    sets = parameter_sets(bytes(packets[0]), "h264")
    slow.take(session, packets[:30])
    for packet in packets[30:]:
        noise = sets + b"\x00\x00\x00\x01\x65" + bytes(packet)[::-1]
        packet.update(noise[: packet.size])
    slow.take(session, packets[30:])
    slow.keeper.end(None)
    ends = [message for message in slow.messages() if isinstance(message, RunEnded)]
    assert ends == [RunEnded(cause=None)]


def test_a_clock_that_is_set_is_named_even_where_the_cameras_runs_wrong(slow, session):
    packets = pictures(session)
    slow.take(session, packets[:35])
    slow.wall.advance(3600)
    slow.take(session, packets[35:])
    slow.keeper.end(None)
    ends = [message for message in slow.messages() if isinstance(message, RunEnded)]
    assert ends[0] == RunEnded(cause=GapCause.CLOCK_STEPPED)


def test_pictures_without_decode_times_are_ordered_by_looking_at_the_first(kept, session):
    packets = pictures(session)
    for packet in packets:
        packet.dts = None
    kept.take(session, packets)
    kept.keeper.end(None)
    messages = kept.messages()
    assert kinds(messages).count(RunBegan) == 1
    assert frames(messages) == 60
    assert kept.counters.repaired_timestamps_total == 0


def test_noise_is_never_begun_with(kept, session):
    packets = pictures(session)
    sets = parameter_sets(bytes(packets[0]), "h264")
    for packet in packets:
        noise = sets + b"\x00\x00\x00\x01\x65" + bytes(packet)[::-1]
        packet.update(noise[: packet.size])
    kept.take(session, packets)
    assert not kept.keeper.is_running
    assert kept.messages() == []
    assert kept.counters.dropped_packets_total == 60


def test_taps_get_every_picture_annex_b_with_its_sets(kept, session):
    tap = kept.taps.add(capacity=100, wake=lambda: None)
    kept.take(session, pictures(session))
    units = list(iter(tap.pop, None))
    assert [unit.number for unit in units] == list(range(60))
    assert all(parameter_sets(u.data, "h264") for u in units if u.is_keyframe)
    assert [u.number for u in units if u.is_keyframe] == [0, 10, 20, 30, 40, 50]
    arrived = [unit.arrival_monotonic_s for unit in units]
    assert arrived == sorted(arrived)


def test_sound_is_recorded_beside_the_pictures_and_dropped_before_them(kept, sound_clip):
    session = open_session(sound_clip, wants_sound=True)
    for packet in (p for p in session.packets() if p.size):
        if packet.stream_index == session.video.index:
            kept.take(session, [packet])
        else:
            kept.keeper.take_sound(packet)
    kept.keeper.end(None)
    session.close()
    messages = kept.messages()
    assert messages[0].facts.codec.endswith("mp4a.40.2")
    assert frames(messages) == 60


def test_sound_of_another_time_is_left_out(kept, sound_clip):
    session = open_session(sound_clip, wants_sound=True)
    for packet in (p for p in session.packets() if p.size):
        if packet.stream_index == session.video.index:
            kept.take(session, [packet])
        else:
            packet.pts += 44100 * 3600
            kept.keeper.take_sound(packet)
    kept.keeper.end(None)
    session.close()
    came = [message for message in kept.messages() if isinstance(message, FragmentCame)]
    data = b"".join(message.fragment.data for message in came)
    assert data.count(b"traf") == 6


def test_the_size_is_read_from_the_sets_where_the_session_does_not_know_it(kept, tmp_path):
    session = open_session(encode_clip(tmp_path / "tall.mp4", size="242x322", bframes=0))
    kept.take(session, pictures(session))
    session.close()
    facts = kept.messages()[0].facts
    assert (facts.width, facts.height) == (242, 322)


def test_it_is_read_there_too_when_a_camera_changes_it_within_a_session(kept, session, plain_clip):
    other = open_session(plain_clip)
    kept.take(session, pictures(session)[:20])
    for packet in pictures(other):
        packet.pts += 20 * 1024
        packet.dts += 20 * 1024
        kept.take(session, [packet])
    kept.keeper.end(None)
    other.close()
    began = [message for message in kept.messages() if isinstance(message, RunBegan)]
    assert [(run.facts.width, run.facts.height) for run in began] == [(320, 240), (426, 240)]
