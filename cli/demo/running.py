"""The demo while it runs: what is started when, and what is said."""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence

import httpx

from api.signing_key import load_live_key, public_text
from cli.demo.country import PlannedStation
from cli.demo.errors import DemoEndedError
from cli.demo.folder import exhaustion, free_bytes, used_bytes
from cli.demo.options import Options
from cli.demo.parts import Launcher, Part, api_part, api_settings, station_part, streamer_part
from cli.demo.ports import FIRST_STATION_PORT, HOST, STREAMER_PORT, Ports
from cli.demo.readiness import missing
from cli.demo.registry import Registry
from cli.demo.stations import Opening, Server
from cli.demo.supervising import Supervisor
from cli.demo.telling import PURPOSES, Ready, ReadyStation, as_json, as_text
from core.clock import Clock

_POLL_S = 0.2
_HTTP_TIMEOUT_S = 10.0
_READY_WITHIN_S = 120.0
_SAY_EVERY_S = 5.0
_LOOK_AT_DISK_S = 30.0
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for one another when typed."""


class Demo:
    """One run.

    Args:
        options: What was asked for.
        stations: Which stations there shall be.
        launcher: Starts processes.
        ports: Where stations' pages and the streamer may listen.
        port: Of the pages.
        clock: Time.
    """

    def __init__(
        self,
        *,
        options: Options,
        stations: Sequence[PlannedStation],
        launcher: Launcher,
        ports: Ports,
        port: int,
        clock: Clock,
    ) -> None:
        self._options = options
        self._stations = stations
        self._launcher = launcher
        self._folder = launcher.folder
        self._clock = clock
        self._url = f"http://{HOST}:{port}"
        streamer_port = ports.near(STREAMER_PORT)
        self._streamer_url = f"http://{HOST}:{streamer_port}"
        self._streamer_port = streamer_port
        self._api_settings = api_settings(self._folder, port, streamer_port)
        self._servers = {
            station.number: Server(url=self._url, page_port=ports.near(FIRST_STATION_PORT + at))
            for at, station in enumerate(stations)
        }
        self._supervisor = Supervisor(launcher, clock, _say)
        self._duties: list[asyncio.Task[None]] = []
        self._passwords = {role: _new_password() for role in PURPOSES}

    async def run(self) -> None:
        """Until SIGTERM, Ctrl-C, or something that ends it.

        Raises:
            ExceptionGroup: Of `PollcamError`: why it cannot go on.
        """
        ended = _end_signals()
        async with asyncio.TaskGroup() as tasks:
            self._duties.append(tasks.create_task(self._day(tasks)))
            try:
                await ended.wait()
            finally:
                _say("ending")
                self._duties[0].cancel()
                await self._supervisor.stop()
                for duty in self._duties:
                    duty.cancel()

    async def _day(self, tasks: asyncio.TaskGroup) -> None:
        began_s = self._clock.monotonic_s()
        self._launcher.set_logs_aside()
        key = public_text(load_live_key(self._folder.archive / "keys"))
        self._keep(tasks, api_part(self._api_settings))
        self._keep(tasks, streamer_part(self._streamer_port, key))
        tokens = await self._accounts()
        async with _client(self._url, tokens["admin"]) as client:
            await self._until_answering(client)
            _say("the control API answers; stations are registered and started")
            registry = Registry(client)
            stations = await self._opened(tasks, registry)
            await self._until_ready(registry)
        self._supervisor.is_ready = True
        _say(f"ready after {self._clock.monotonic_s() - began_s:.1f} s")
        self._tell(tokens, stations)
        await self._watch_disk()

    def _keep(self, tasks: asyncio.TaskGroup, part: Part) -> None:
        self._duties.append(tasks.create_task(self._supervisor.keep(part)))

    async def _accounts(self) -> dict[str, str]:
        wanted = json.dumps({"language": _language(), "passwords": self._passwords})
        made = await self._launcher.output_of(
            (), self._api_settings, module="cli.demo.accounts", typed=wanted
        )
        return dict(json.loads(made))

    async def _until_answering(self, client: httpx.AsyncClient) -> None:
        until_s = self._clock.monotonic_s() + _READY_WITHIN_S
        waiting = [self._url, self._streamer_url]
        while waiting := [url for url in waiting if not await _answers(client, url)]:
            if self._clock.monotonic_s() > until_s:
                raise DemoEndedError(f"{waiting[0]} does not answer. Logs: {self._folder.logs}")
            await asyncio.sleep(_POLL_S)

    async def _opened(self, tasks: asyncio.TaskGroup, registry: Registry) -> list[ReadyStation]:
        """All stations of this run, their agents started; those of other runs off the wall."""
        opening = Opening(registry, self._launcher, await registry.device_ids())
        await opening.retire_others({station.number for station in self._stations})
        async with asyncio.TaskGroup() as openings:
            opened = [
                openings.create_task(self._open(tasks, opening, station))
                for station in self._stations
            ]
        return [station.result() for station in opened]

    async def _open(
        self, tasks: asyncio.TaskGroup, opening: Opening, station: PlannedStation
    ) -> ReadyStation:
        ready, config = await opening.open(station, self._servers[station.number])
        self._keep(tasks, station_part(station.number, config))
        return ready

    async def _until_ready(self, registry: Registry) -> None:
        """Wait for the wall; say now and then what it lacks.

        Raises:
            DemoEndedError: It still lacks something after minutes.
        """
        wanted = {station.number: len(station.cameras) for station in self._stations}
        until_s = self._clock.monotonic_s() + _READY_WITHIN_S
        say_at_s = self._clock.monotonic_s() + _SAY_EVERY_S
        while lacks := missing(await registry.wall(), wanted):
            now_s = self._clock.monotonic_s()
            if now_s > until_s:
                raise DemoEndedError(f"not ready: {lacks[0]}. Logs: {self._folder.logs}")
            if now_s > say_at_s:
                say_at_s += _SAY_EVERY_S
                _say(f"waiting: {lacks[0]}" + f" and {len(lacks) - 1} more" * (len(lacks) > 1))
            await asyncio.sleep(_POLL_S)

    def _tell(self, tokens: dict[str, str], stations: Sequence[ReadyStation]) -> None:
        ready = Ready(
            url=self._url,
            streamer=self._streamer_url,
            folder=self._folder.root,
            passwords=self._passwords,
            tokens=tokens,
            stations=stations,
        )
        print(as_json(ready) if self._options.is_json else as_text(ready), flush=True)

    async def _watch_disk(self) -> None:
        """Look now and then.

        Raises:
            DemoEndedError: There is no room to go on.
        """
        root = self._folder.root
        while True:
            await asyncio.sleep(_LOOK_AT_DISK_S)
            used = await asyncio.to_thread(used_bytes, root)
            reason = exhaustion(free_bytes(root), used, self._options.limit_bytes)
            if reason:
                raise DemoEndedError(f"the demo ends: {reason}")


def _client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=_HTTP_TIMEOUT_S)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/healthz")).is_success
    except httpx.HTTPError:
        return False


def _end_signals() -> asyncio.Event:
    """Set by Ctrl-C, by SIGTERM and by a terminal that closes."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return ended


def _new_password() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _language() -> str:
    """Of the accounts: the user's own where we have it."""
    spoken = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "")[:2]
    return spoken if spoken in ("ky", "ru") else "en"


def _say(text: str) -> None:
    print(f"pollcam demo: {text}", file=sys.stderr, flush=True)
