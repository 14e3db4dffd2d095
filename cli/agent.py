"""`pollcam agent`: the recorder of a polling station."""

import argparse
import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recorder.enrolment import CameraOrder, Enrolled, EnrolmentOrder

_DEFAULT_CONFIG = Path("/var/lib/pollcam/agent.toml")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("agent", help="record a polling station")
    actions = parser.add_subparsers(dest="action", required=True)
    _add_enroll(actions)
    run_ = actions.add_parser("run", help="record, report and upload until told to end")
    run_.add_argument("--config", type=Path, default=_DEFAULT_CONFIG, metavar="FILE")
    run_.set_defaults(run=run)


def _add_enroll(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    enroll_ = actions.add_parser(
        "enroll",
        help="make this machine a station's recorder, by a token that works once",
        description="Makes the device's key, registers it at the centre and writes the settings."
        " A call that was cut off may be repeated with the same token.",
    )
    enroll_.add_argument("--server", required=True, metavar="URL", help="the centre's address")
    enroll_.add_argument("--token", required=True, help="from the station's paper")
    enroll_.add_argument(
        "--config", type=Path, default=_DEFAULT_CONFIG, metavar="FILE", help="is written"
    )
    enroll_.add_argument(
        "--camera",
        action="append",
        required=True,
        metavar="ADDRESS",
        help="rtsp://…, /dev/video0, a file or test:; repeat it in the order of camera 1, 2 …",
    )
    enroll_.add_argument(
        "--substream",
        action="append",
        default=[],
        metavar="N=ADDRESS",
        help="the smaller stream of the Nth --camera, for live on a narrow link",
    )
    enroll_.add_argument(
        "--audio", action="append", default=[], type=int, metavar="N", help="of the Nth --camera"
    )
    enroll_.add_argument("--transport", choices=("tcp", "udp"), default="tcp", help="of RTSP")
    enroll_.add_argument("--listen", metavar="HOST:PORT", help="for the station's page")
    enroll_.add_argument("--spool", type=Path, metavar="DIR", help="where footage lies")
    enroll_.set_defaults(run=enroll)


def run(args: argparse.Namespace) -> int:
    """Be the agent."""
    from core.logs import configure_logging
    from recorder import agent
    from recorder.config import load_config

    config = load_config(args.config)
    configure_logging(config.log_level)
    return agent.run(config)


def enroll(args: argparse.Namespace) -> int:
    """Enrol this machine; the token is spent only when all arguments are sound."""
    import httpx

    from recorder.enrolment import enrol

    order = _order(args)
    if order.server.startswith("http://"):
        print("pollcam: warning: without https anybody on the way can read this", file=sys.stderr)
    with httpx.Client() as client:
        enrolled = enrol(order, client)
    print(_told(enrolled, order))
    return 0


def _order(args: argparse.Namespace) -> "EnrolmentOrder":
    from core.errors import SettingsError
    from recorder.config import checked_listen, checked_server
    from recorder.enrolment import EnrolmentOrder
    from recorder.sources.address import Transport

    try:
        return EnrolmentOrder(
            server=checked_server(args.server),
            token=args.token.strip(),
            config_path=args.config.absolute(),
            cameras=_cameras(args),
            transport=Transport(args.transport),
            listen=checked_listen(args.listen) if args.listen else None,
            spool=args.spool.absolute() if args.spool else None,
        )
    except ValueError as error:
        raise SettingsError(f"--server or --listen: {error}") from None


def _cameras(args: argparse.Namespace) -> "tuple[CameraOrder, ...]":
    from core.errors import SettingsError
    from recorder.enrolment import CameraOrder

    numbers = range(1, len(args.camera) + 1)
    substreams = dict(_substream(text) for text in args.substream)
    strangers = sorted({*substreams, *args.audio} - set(numbers))
    if strangers:
        raise SettingsError(f"there is no camera {strangers[0]}: {len(numbers)} were given")
    return tuple(
        CameraOrder(
            address=_address(args.camera[number - 1]),
            substream=substreams.get(number),
            has_sound=number in args.audio,
        )
        for number in numbers
    )


def _substream(text: str) -> tuple[int, str]:
    from core.errors import SettingsError

    number, _, address = text.partition("=")
    if not (number.isascii() and number.isdigit() and address):
        raise SettingsError("--substream: write N=ADDRESS, N being 1 for the first --camera")
    return int(number), _address(address)


def _address(text: str) -> str:
    """The same, checked; a file's path from the root, for the agent runs in another folder."""
    from recorder.sources.address import SourceKind, read_address

    source = read_address(text)
    is_file = source.kind is SourceKind.FILE
    return str(Path(source.location).absolute()) if is_file else text


def _told(enrolled: "Enrolled", order: "EnrolmentOrder") -> str:
    config = enrolled.config
    cameras = [
        f"  camera {c.position}{f', {c.name}' if c.name else ''}: {c.source.shown}"
        for c in config.cameras
    ]
    station = f"station {config.station_number} {config.station_name}".rstrip()
    return "\n".join(
        [
            f"enrolled for {station} at {config.server}",
            *cameras,
            f"settings: {order.config_path}",
            f"device key, never to be copied: {config.key_path}",
            f"station page: {_page_address(config.listen)}",
            f"station PIN: {enrolled.station_pin}",
            f"to record: pollcam agent run --config {shlex.quote(str(order.config_path))}",
        ]
    )


def _page_address(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    is_any = host in ("0.0.0.0", "[::]", "::")  # noqa: S104 compared, not listened on
    return f"http://{socket.gethostname() if is_any else host}:{port}"
