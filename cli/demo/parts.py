"""The processes of the demo: the same commands as on the day, tied to the demo's life."""

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.demo.errors import PartRefusedError
from cli.demo.folder import Folder
from cli.demo.ports import HOST, media_addresses

_PREFIX = "POLLCAM_"
_LAST_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process that runs for as long as the demo."""

    key: str
    """Names its log."""
    name: str
    """For people."""
    arguments: tuple[str, ...]
    """Behind `pollcam`."""
    settings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Its part of the environment."""
    is_station: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Starts processes that end with this one and keep its folder locked until then."""

    folder: Folder
    lock: int
    """The lock's file descriptor."""

    def set_logs_aside(self) -> None:
        """Begin new logs; those of the run before are kept."""
        for log in self.folder.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))

    async def start(self, part: Part) -> Process:
        """Start a part; what it says goes to the end of its log."""
        with self.folder.log_of(part.key).open("ab") as log:
            return await create_subprocess_exec(
                *_command("cli.demo.tied"),
                *part.arguments,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(part.settings),
                pass_fds=(self.lock,),
                start_new_session=True,  # Ctrl-C is for the demo, which ends its parts in order
            )

    async def output_of(
        self,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        *,
        module: str = "cli.demo.tied",
        typed: str = "",
    ) -> str:
        """Run a command to its end.

        Raises:
            PartRefusedError: It failed; with its own last line.
        """
        process = await create_subprocess_exec(
            *_command(module),
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_environment(settings),
            pass_fds=(self.lock,),
            start_new_session=True,
        )
        try:
            output, said = await process.communicate(typed.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise PartRefusedError(last_line(said) or f"{module} ended with {process.returncode}")
        return output.decode()

    def last_words(self, part: Part) -> str:
        """The last line of a part's log."""
        with self.folder.log_of(part.key).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_BYTES))
            return last_line(log.read())


def last_line(said: bytes) -> str:
    """The last line a process said, without the command's name before it."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("pollcam: ") if lines else ""


def api_part(settings: Mapping[str, str]) -> Part:
    """The control API with the archive."""
    return Part(key="api", name="the control API", arguments=("api", "serve"), settings=settings)


def api_settings(folder: Folder, port: int, streamer_port: int) -> dict[str, str]:
    """The control API's environment."""
    return {
        "POLLCAM_API_DATA_DIR": str(folder.archive),
        "POLLCAM_API_LISTEN_HOST": HOST,
        "POLLCAM_API_LISTEN_PORT": str(port),
        "POLLCAM_API_PUBLIC_URL": f"http://{HOST}:{port}",
        "POLLCAM_API_STREAMER_URL": f"http://{HOST}:{streamer_port}",
    }


def streamer_part(port: int, public_key: str) -> Part:
    """The streamer."""
    settings = {
        "POLLCAM_STREAMER_API_PUBLIC_KEY": public_key,
        "POLLCAM_STREAMER_LISTEN_HOST": HOST,
        "POLLCAM_STREAMER_LISTEN_PORT": str(port),
        "POLLCAM_STREAMER_UDP_ADDRESSES": ",".join(media_addresses()),
    }
    return Part(
        key="streamer", name="the streamer", arguments=("streamer", "serve"), settings=settings
    )


def station_part(number: str, config: Path) -> Part:
    """A station's agent."""
    return Part(
        key=f"station-{number}",
        name=f"the agent of station {number}",
        arguments=("agent", "run", "--config", str(config)),
        is_station=True,
    )


def _command(module: str) -> list[str]:
    return [sys.executable, "-P", "-m", module, str(os.getpid())]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's, without settings that were meant for another installation."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    return own | dict(settings)
