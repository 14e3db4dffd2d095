import asyncio
import json
from uuid import uuid4

import pytest

from api.events import Audience, Event, EventHub

HERE = Audience(regions=("osh",), sees_incidents=True)
THERE = Audience(regions=("chuy",), sees_incidents=True)


def event(n: object) -> Event:
    return Event.of("fleet", [n])


async def taken(subscriber, count: int) -> list[bytes]:
    stream = subscriber.stream()
    async with asyncio.timeout(5):
        return [await anext(stream) for _ in range(count)]


async def test_an_event_reaches_its_audience_in_order_and_nobody_else():
    hub = EventHub()
    with hub.subscription(HERE) as here, hub.subscription(THERE) as there:
        hub.publish(HERE, [event(1), event(2)])
        hub.publish(THERE, [event(3)])
        assert await taken(here, 2) == [event(1).encoded, event(2).encoded]
        assert await taken(there, 1) == [event(3).encoded]


async def test_a_slow_subscriber_is_cut_off_and_counted_and_the_others_go_on():
    hub = EventHub()
    with hub.subscription(HERE) as slow, hub.subscription(HERE) as quick:
        received = []
        for n in range(100):
            hub.publish(HERE, [event(n)])
            received += await taken(quick, 1)
        assert len(received) == 100
        assert (hub.cut_off_total, len(hub)) == (1, 1)
        async with asyncio.timeout(5):
            assert [m async for m in slow.stream()] == []


async def test_closing_the_hub_ends_every_stream():
    hub = EventHub()
    with hub.subscription(HERE) as one:
        waiting = asyncio.gather(*[taken_all(one)])
        await asyncio.sleep(0)
        hub.close()
        async with asyncio.timeout(5):
            assert await waiting == [[]]


async def taken_all(subscriber) -> list[bytes]:
    return [m async for m in subscriber.stream()]


def _fail_within(hub: EventHub) -> None:
    with hub.subscription(HERE):
        assert not hub.has_room_for()
        raise RuntimeError


def test_a_subscription_ends_with_its_block_whatever_happens():
    hub = EventHub(max_subscribers=1)
    with pytest.raises(RuntimeError):
        _fail_within(hub)
    assert (len(hub), hub.has_room_for()) == (0, True)


def test_one_account_cannot_shut_the_others_out():
    hub = EventHub(max_of_one=2)
    one, other = uuid4(), uuid4()
    with hub.subscription(HERE, one), hub.subscription(HERE, one):
        assert not hub.has_room_for(one)
        assert hub.has_room_for(other)
    assert hub.has_room_for(one)


def test_a_message_is_one_line_whatever_a_station_is_called():
    text = event("a\nb\r\u2028data: x").encoded.decode()
    head, data, *rest = text.split("\n")
    assert (head, rest) == ("event: fleet", ["", ""])
    assert json.loads(data.removeprefix("data: ")) == ["a\nb\r\u2028data: x"]
