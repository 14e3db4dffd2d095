"""What a viewer did not get, sent to it again: how often, how many times, and how held back."""

import asyncio
from dataclasses import dataclass

from streamer.egress import Egress, SendDesk
from streamer.limits import TokenBucket
from streamer.link import Link
from streamer.playout import HoldBack, hold_back_s, write_playout_delay
from streamer.rtp.retransmission import Retransmission
from streamer.template import lone
from streamer.thinning import TOO_MUCH

REPEATS_PER_S = 500.0
REPEATS_AT_ONCE = 1000.0
NARROW_COST = 20.0
"""How many repeats one counts for on a link that is too narrow: 25 a second are left. They take
the room of what is new."""
TWICE_FROM = 0.005
"""On a link that loses so much a repeat is sent twice: the second chance of a lost one is a whole
round of asking later, and that is when pictures stand still."""
TWICE_AFTER_S = 0.008


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a viewer's link is, by its reports."""

    loss: float
    """Share of packets, in the last window."""
    lately: float
    """The worst of late, fading."""
    round_trip_s: float | None


class Repeats:
    """Sends one viewer packets again.

    Args:
        link: Its link, connected.
        desk: The loop's.
        tag_bytes: Of its SRTP profile.
        retransmission: The stream in which they go; None: that of the pictures.
    """

    def __init__(
        self, link: Link, desk: SendDesk, tag_bytes: int, retransmission: Retransmission | None
    ) -> None:
        self._link = link
        self._desk = desk
        self._tag_bytes = tag_bytes
        self._retransmission = retransmission
        self._hold_back = HoldBack()
        self._bucket = TokenBucket(rate_per_s=REPEATS_PER_S, burst=REPEATS_AT_ONCE)
        self.follow_path()

    def follow_path(self) -> None:
        """Take the way that the link has now."""
        self._egress = Egress(self._link)

    def may(self, condition: Condition, now_s: float) -> bool:
        """Count one that is asked for; false: they are too many."""
        return self._bucket.take(now_s, 1.0 if condition.loss < TOO_MUCH else NARROW_COST)

    def send(self, packet: bytes, condition: Condition, now_s: float) -> bool:
        """Send a packet that `may` be, with the numbers that the viewer knows it by.

        Returns:
            Whether the kernel took it.
        """
        is_lossy = TWICE_FROM <= condition.lately < TOO_MUCH
        if is_lossy and self._bucket.take(now_s):
            loop = asyncio.get_running_loop()
            loop.call_later(TWICE_AFTER_S, self._send_once, packet, condition, now_s)
        return self._send_once(packet, condition, now_s)

    def _send_once(self, packet: bytes, condition: Condition, now_s: float) -> bool:
        data = packet
        if self._retransmission is not None:
            wanted_s = hold_back_s(condition.lately, condition.round_trip_s)
            held_s = self._hold_back.told_s(wanted_s, now_s)
            data = self._retransmission.wrapped(packet, write_playout_delay(held_s))
        template = lone(data, self._tag_bytes)
        return self._desk.send_to(self._egress, template, template.bursts[0])
