"""Server-sent events: one source for each process, many bounded listeners."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from core.ring import Ring

_CAPACITY = 32
"""Messages a browser may lag behind: half a minute of a busy fleet."""
_SILENCE_S = 20.0
"""After so long without a message a comment keeps proxies from closing the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message, ready to send: encoded once, however many it goes to."""

    name: str
    encoded: bytes
    """As it goes over the wire."""

    @classmethod
    def of(cls, name: str, value: object) -> "Event":
        """A message from a value that JSON can carry."""
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return cls.of_json(name, text.encode())

    @classmethod
    def of_json(cls, name: str, content: bytes) -> "Event":
        """A message from JSON without raw line breaks, so that one `data:` line holds it."""
        return cls(name=name, encoded=b"event: %s\ndata: %s\n\n" % (name.encode(), content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom an event is for: what an account's regions and rights let it see."""

    regions: tuple[str, ...]
    sees_incidents: bool


class Subscriber:
    """One listening browser. When it lags by more than `_CAPACITY` it is cut off.

    It then connects again and is given everything anew, which is cheaper than a gap it does
    not know of.
    """

    def __init__(self, audience: Audience, owner: UUID | None = None) -> None:
        self.audience = audience
        self.owner = owner
        self._ring: Ring[Event] = Ring(_CAPACITY)
        self._something = asyncio.Event()
        self._is_closed = False

    def offer(self, event: Event) -> bool:
        """Hand over an event; False: it could not follow and is cut off."""
        self._ring.push(event)
        if self._ring.dropped_total:
            self.close()
        self._something.set()
        return not self._is_closed

    def close(self) -> None:
        """End the stream."""
        self._is_closed = True
        self._something.set()

    async def stream(self) -> AsyncIterator[bytes]:
        """The encoded events, until it is closed."""
        while not self._is_closed:
            event = self._ring.pop()
            if event is not None:
                yield event.encoded
                continue
            self._something.clear()
            try:
                async with asyncio.timeout(_SILENCE_S):
                    await self._something.wait()
            except TimeoutError:
                yield b": still here\n\n"


class EventHub:
    """Who listens. Belongs to the event loop's thread.

    Args:
        max_subscribers: More are refused; each costs a socket and a little memory.
        max_of_one: Of one account, so that none shuts the others out. An account is one person's:
            a control room where all sign in by one name is not what this is for.
    """

    def __init__(self, max_subscribers: int = 1000, max_of_one: int = 200) -> None:
        self._subscribers: set[Subscriber] = set()
        self._max_subscribers = max_subscribers
        self._max_of_one = max_of_one
        self.cut_off_total = 0

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def audiences(self) -> frozenset[Audience]:
        """The different audiences there are now: each event is made once for each."""
        return frozenset(s.audience for s in self._subscribers)

    def has_room_for(self, owner: UUID | None = None) -> bool:
        """Whether one more is let in."""
        of_one = sum(s.owner == owner for s in self._subscribers)
        return len(self._subscribers) < self._max_subscribers and of_one < self._max_of_one

    @contextmanager
    def subscription(self, audience: Audience, owner: UUID | None = None) -> Iterator[Subscriber]:
        """A subscriber for the time of the block."""
        subscriber = Subscriber(audience, owner)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    def publish(self, audience: Audience, events: Sequence[Event]) -> None:
        """Hand events to everybody of this audience."""
        for subscriber in [s for s in self._subscribers if s.audience == audience]:
            if not all(subscriber.offer(event) for event in events):
                self._subscribers.discard(subscriber)
                self.cut_off_total += 1

    def close(self) -> None:
        """End all streams, so that the process can end."""
        for subscriber in self._subscribers:
            subscriber.close()
