"""A capture and what is around it: sessions are scripts, time is data."""

import threading
from fractions import Fraction
from random import Random

import av

from recorder.capture.capture import Capture
from recorder.capture.inbox import Blamed, Inbox
from recorder.counters import Counters
from recorder.errors import SourceUnreachableError
from tests.fakes.clock import FakeClock


class Script:
    """A session that brings what the test wrote: packets, waits in seconds, calls, errors."""

    def __init__(self, clock, *lines):
        self.clock, self.lines = clock, lines
        self.is_closed = self.is_aborted = False
        self.video = type("Video", (), {"index": 0})()
        self.time_base = Fraction(1, 90000)
        self.keeps_unread = False

    def packets(self):
        for line in self.lines:
            if isinstance(line, Exception):
                raise line
            if isinstance(line, (int, float)):
                self.clock.advance(line)
            elif callable(line):
                line()
            else:
                yield line

    def abort(self):
        self.is_aborted = True

    def close(self):
        self.is_closed = True


class Keeper:
    """Notes what it is given, when."""

    def __init__(self, clock):
        self.clock = clock
        self.taken, self.sound, self.batches, self.ends = [], [], [], []
        self.is_awaited = False
        self.is_running = True
        self.fails_at = None

    def take(self, session, pictures):
        if pictures:
            self.batches.append((self.clock.monotonic_s(), len(pictures)))
        for packet, _ in pictures:
            if packet is self.fails_at:
                raise av.FFmpegError(22, "no way")
            self.taken.append(packet)

    def take_sound(self, packet):
        self.sound.append(packet)

    def end(self, cause):
        self.ends.append(cause)


class Stopping(threading.Event):
    """Waits cost no time: the clock goes on instead."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.waits_s = clock, []

    def wait(self, timeout=None):
        self.waits_s.append(timeout)
        self.clock.advance(timeout)
        return self.is_set()


class World:
    """A capture and what is around it."""

    def __init__(self):
        self.clock = FakeClock()
        self.keeper = Keeper(self.clock)
        self.inbox, self.counters = Inbox(), Counters()
        self.stopping = Stopping(self.clock)
        self.sessions = []
        self.answers_after_s = 0.0
        self.capture = self.new_capture(is_endless=True)

    def new_capture(self, *, is_endless):
        return Capture(
            open_session=self.opened,
            is_endless=is_endless,
            keeper=self.keeper,
            clock=self.clock,
            inbox=self.inbox,
            counters=self.counters,
            stopping=self.stopping,
            random=Random(1),
        )

    def opened(self):
        """The next session; after the last of them all is told to stop."""
        self.clock.advance(self.answers_after_s)
        if not self.sessions:
            self.stopping.set()
            raise SourceUnreachableError("no more of them")
        one = self.sessions.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    def script(self, *lines):
        return Script(self.clock, *lines)

    def run(self, *sessions):
        self.sessions = list(sessions)
        self.capture.run()

    def play(self, *lines):
        """One session of these lines; gives it."""
        script = self.script(*lines)
        self.run(script)
        return script

    def blamed(self):
        messages = iter(lambda: self.inbox.take(0), None)
        return [message.cause for message in messages if isinstance(message, Blamed)]
