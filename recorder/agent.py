"""The station agent: recording first, and around it, in one event loop, everything else."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from random import Random
from uuid import UUID

import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import Clock, SystemClock
from core.footage import GapCause
from core.live_stream import LiveStream, StreamKey
from core.station import LiveMode, StationMode
from core.wire.heartbeat import HeartbeatReply
from recorder.centre.centre import Centre
from recorder.centre.knocks import Knocks
from recorder.clock_state import ClockState
from recorder.clock_sync import is_clock_synced
from recorder.heap import keep_heap_small
from recorder.heartbeat import Heartbeat
from recorder.live.publishers import Live
from recorder.live.substream import Substream
from recorder.page.app import make_page
from recorder.page.serving import serve
from recorder.probe.probe import Probe
from recorder.recording import Recording
from recorder.service_notice import ServiceNotice
from recorder.setup.config import AgentConfig, load_device_key
from recorder.setup.desired import Desired, first_wish, uplink_terms
from recorder.sources.address import read_address
from recorder.station import Identity, Station
from recorder.steps import Reached, go_on
from recorder.stock.stocked import StockedObject
from recorder.supervising import keep_going
from recorder.taps.reader import TapSource
from recorder.uplink.uplink import Uplink

_log = structlog.get_logger(__name__)
_WATCHDOG_S = 10.0
_STOP_WITHIN_S = 15.0
_HTTP_TIMEOUT_S = 15.0
_CONNECTIONS = 8
"""Heartbeat, entries, one upload at a time, and WHIP's short requests."""
_KEPT_ALIVE_S = 20.0
"""Longer than between two heartbeats, so that these need no new TLS handshake each; shorter than
the 30 s after which the API closes what is idle."""


def run(config: AgentConfig, reached: Reached = go_on) -> int:
    """Record, report, upload and publish until SIGTERM or SIGINT.

    Args:
        config: The station's.
        reached: Told of each durable step; for tests.

    Returns:
        0 when all that was open is closed and stated; 1 when the next start has to recover.

    Raises:
        SettingsError: The device's key cannot be used.
    """
    keep_heap_small()
    agent = Agent(config, load_device_key(config.key_path), SystemClock(), reached)
    return 0 if asyncio.run(agent.run()) else 1


class Agent:
    """Composes the station's parts; owns no decision.

    Args:
        config: The station's.
        key: The device's.
        clock: Time.
        reached: Told of each durable step.
    """

    def __init__(
        self, config: AgentConfig, key: Ed25519PrivateKey, clock: Clock, reached: Reached
    ) -> None:
        self._config = config
        self._key = key
        self._clock = clock
        self._reached = reached
        self._random = Random()  # noqa: S311 spreads retries, keeps no secret
        self._notice = ServiceNotice()
        self._client = _new_client()
        self._centre = Centre(
            server=config.server,
            device_id=config.device_id,
            key=key,
            clock=clock,
            client=self._client,
        )
        self._desired = Desired(config.spool_path, first_wish(config))
        self._recording = self._new_recording()
        self._probe = Probe(self._recording.cameras, clock)
        self._substreams = self._new_substreams()
        self._doubled = {camera.camera_id for camera in config.cameras if camera.publish_both}

    async def run(self) -> bool:
        """Work until told to end; whether all was closed in time."""
        ended = _end_signals()
        self._recording.start()
        self._probe.start()
        self._notice.ready()
        _log.info("agent.started", station=self._config.station_number)
        try:
            await self._until(ended)
        finally:
            self._notice.stopping()
            self._probe.stop()
            for substream in self._substreams.values():
                substream.close()
            is_whole = await asyncio.to_thread(self._recording.stop, _STOP_WITHIN_S)
            _log.info("agent.stopped", is_whole=is_whole)
        return is_whole

    async def _until(self, ended: asyncio.Event) -> None:
        async with self._client, asyncio.TaskGroup() as tasks:
            duties = [
                tasks.create_task(keep_going(name, duty, self._random))
                for name, duty in self._duties().items()
            ]
            await ended.wait()
            for duty in duties:
                duty.cancel()

    def _duties(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Everything but the recording. Each is retried for ever by itself."""
        live, uplink = self._new_live(), self._new_uplink()
        self._stand_by(live)
        station = self._new_station(live, uplink)
        page = make_page(station)
        heartbeat = Heartbeat(
            station=station,
            centre=self._centre,
            take=lambda reply: self._take(reply, live, uplink),
            random=self._random,
        )
        knocks = Knocks(
            self._centre, self._is_on_demand, heartbeat.hurry, self._clock, self._random
        )
        return {
            "heartbeat": heartbeat.run,
            "knocks": knocks.run,
            "uplink": uplink.run,
            "live": live.run,
            "page": lambda: serve(page, self._config.listen),
            "watchdog": lambda: self._keep_watchdog_quiet(station),
        }

    def _take(self, reply: HeartbeatReply, live: Live, uplink: Uplink) -> None:
        """Do what the centre wants."""
        live.wish(reply.publish)
        if self._desired.take(reply.config):
            _log.info("config.changed", mode=reply.config.mode, live=reply.config.live)
            uplink.apply(**uplink_terms(self._config, reply.config))
            self._stand_by(live)
            for camera in self._recording.cameras.values():
                camera.set_segment_target(reply.config.segment_target_s)

    def _is_on_demand(self) -> bool:
        desired = self._desired.config
        return desired.mode is StationMode.ONLINE and desired.live is LiveMode.ON_DEMAND

    def _stand_by(self, live: Live) -> None:
        # A smaller stream is opened only when it is wished for: it is a session of its own.
        whole = set(self._recording.cameras) - (set(self._substreams) - self._doubled)
        live.stand_by(whole if self._is_on_demand() else ())

    async def _keep_watchdog_quiet(self, station: Station) -> None:
        while True:
            if all(station.duties().values()):
                self._notice.alive()
            await asyncio.sleep(_WATCHDOG_S)

    def _new_recording(self) -> Recording:
        config = self._config
        return Recording(
            spool=config.spool_path,
            device_id=config.device_id,
            key=self._key,
            plans=config.camera_plans(self._desired.config.segment_target_s),
            clock=self._clock,
            read_clock_state=self._read_clock_state,
            reserve_bytes=config.disk.reserve,
            reached=self._reached,
        )

    def _read_clock_state(self) -> ClockState:
        return ClockState(offset_s=self._centre.clock_offset_s, is_synced=is_clock_synced())

    def _new_substreams(self) -> dict[UUID, Substream]:
        return {
            camera.camera_id: Substream(
                read_address(camera.substream.get_secret_value(), transport=camera.transport),
                self._clock,
                self._random,
            )
            for camera in self._config.cameras
            if camera.substream is not None
        }

    def _new_live(self) -> Live:
        cameras = self._recording.cameras
        sources: dict[StreamKey, TapSource] = {
            StreamKey(camera_id): camera for camera_id, camera in cameras.items()
        }
        for camera_id, substream in self._substreams.items():
            beside = LiveStream.SMALLER if camera_id in self._doubled else LiveStream.MAIN
            sources[StreamKey(camera_id, beside)] = substream
        return Live(sources, self._client, self._clock, self._random)

    def _new_uplink(self) -> Uplink:
        return Uplink(
            stock=self._recording.stock,
            centre=self._centre,
            clock=self._clock,
            random=self._random,
            reached=self._reached,
            on_vanished=self._give_up,
            **uplink_terms(self._config, self._desired.config),
        )

    def _give_up(self, stocked: StockedObject) -> None:
        """A file that is gone leaves a gap, if its camera is still one of ours."""
        camera = self._recording.cameras.get(stocked.camera_id)
        if camera is not None:
            camera.forfeit(stocked, GapCause.LOST)

    def _new_station(self, live: Live, uplink: Uplink) -> Station:
        config = self._config
        return Station(
            identity=Identity(
                device_id=config.device_id,
                number=config.station_number,
                name=config.station_name,
                zone=config.timezone,
                camera_names={camera.camera_id: camera.name for camera in config.cameras},
                pin_hash=config.pin_hash.get_secret_value(),
            ),
            version=version("pollcam"),
            recording=self._recording,
            probe=self._probe,
            live=live,
            uplink=uplink.counters,
            read_clock_state=self._read_clock_state,
            clock=self._clock,
        )


def _end_signals() -> asyncio.Event:
    """Set by SIGTERM and by SIGINT."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return ended


def _new_client() -> httpx.AsyncClient:
    limits = httpx.Limits(
        max_connections=_CONNECTIONS,
        max_keepalive_connections=_CONNECTIONS,
        keepalive_expiry=_KEPT_ALIVE_S,
    )
    return httpx.AsyncClient(timeout=_HTTP_TIMEOUT_S, limits=limits)
