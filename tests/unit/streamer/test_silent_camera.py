"""Whoever comes to a camera that has fallen silent is shown nothing that would look like now."""

import asyncio

from streamer.publication import SILENT_S
from streamer.udp.port import UdpPort
from tests.unit.streamer.test_delivery import WHOLE, Stage
from tests.waiting import until


async def test_whoever_comes_to_a_silent_camera_is_sent_its_past_when_the_present_goes_on():
    port = UdpPort("127.0.0.1", 0)
    stage = Stage(port)
    stage.whole.show(is_keyframe=True)
    stage.whole.show(4)
    stage.clock.advance(SILENT_S + 1)  # the station was cut off while the viewer connected
    asked = asyncio.Event()
    stage.whole.publication.ask_keyframe = asked.set
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(stage.delivery.run())
        async with asyncio.timeout(5):
            await asked.wait()
        assert stage.peer.packets == []
        stage.whole.show()
        await until(lambda: len(stage.peer.of(WHOLE)) == 6, within_s=5, what="it is caught up")
        sending.cancel()
    stage.peer.socket.close()
    port.close()
