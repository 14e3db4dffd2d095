"""`pollcam agent`: the recorder of a polling station."""

import argparse
import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cli.cameras_from import listed_cameras

if TYPE_CHECKING:
    from recorder.setup.camera_list import ListedCamera
    from recorder.setup.enrolment import CameraOrder, Enrolled, EnrolmentOrder

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
    _add_cameras(enroll_)
    enroll_.add_argument("--transport", choices=("tcp", "udp"), default="tcp", help="of RTSP")
    enroll_.add_argument("--listen", metavar="HOST:PORT", help="for the station's page")
    enroll_.add_argument("--spool", type=Path, metavar="DIR", help="where footage lies")
    enroll_.set_defaults(run=enroll)


def _add_cameras(enroll_: argparse.ArgumentParser) -> None:
    given = enroll_.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--cameras-from",
        metavar="FILE",
        help="the cameras' addresses, one a line in the order of camera 1, 2 …, each with"
        " ' substream=ADDRESS' behind it where live has a smaller stream; '-' reads them from"
        " standard input. A file with passwords is for its owner alone: chmod 600",
    )
    given.add_argument(
        "--camera",
        action="append",
        metavar="ADDRESS",
        help="rtsp://…, /dev/video0, a file or test:; repeat it in the order of camera 1, 2 …;"
        " not for one with a password: whoever lists this machine's processes sees it",
    )
    enroll_.add_argument(
        "--substream",
        action="append",
        default=[],
        metavar="N=ADDRESS",
        help="the smaller stream of the Nth --camera, for live on a narrow link",
    )
    enroll_.add_argument(
        "--publish-both",
        action="store_true",
        help="live is the whole stream, and the smaller one goes beside it for viewers with a"
        " narrow link; else the smaller one is live in its place",
    )
    enroll_.add_argument(
        "--audio",
        action="append",
        default=[],
        type=int,
        metavar="N",
        help="record the Nth camera's sound",
    )


def run(args: argparse.Namespace) -> int:
    """Be the agent."""
    from core.logs import configure_logging
    from recorder import agent
    from recorder.setup.config import load_config

    config = load_config(args.config)
    configure_logging(config.log_level)
    return agent.run(config)


def enroll(args: argparse.Namespace) -> int:
    """Enrol this machine; the token is spent only when all arguments are sound."""
    import httpx

    from recorder.setup.enrolment import enrol

    order = _order(args)
    if order.server.startswith("http://"):
        print("pollcam: warning: without https anybody on the way can read this", file=sys.stderr)
    with httpx.Client() as client:
        enrolled = enrol(order, client)
    print(_told(enrolled, order))
    return 0


def _order(args: argparse.Namespace) -> "EnrolmentOrder":
    from core.errors import SettingsError
    from recorder.setup.config import checked_listen, checked_server
    from recorder.setup.enrolment import EnrolmentOrder
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
    from recorder.setup.enrolment import CameraOrder

    cameras = _listed(args) if args.cameras_from else _on_command_line(args)
    if args.publish_both and all(camera.substream is None for camera in cameras):
        raise SettingsError("--publish-both: no camera was given a smaller stream")
    strangers = sorted(set(args.audio) - set(range(1, len(cameras) + 1)))
    if strangers:
        raise SettingsError(f"there is no camera {strangers[0]}: {len(cameras)} were given")
    return tuple(
        CameraOrder(
            address=_address(camera.address),
            substream=None if camera.substream is None else _address(camera.substream),
            publish_both=args.publish_both and camera.substream is not None,
            has_sound=number in args.audio,
        )
        for number, camera in enumerate(cameras, 1)
    )


def _listed(args: argparse.Namespace) -> "tuple[ListedCamera, ...]":
    from core.errors import SettingsError

    if args.substream:
        raise SettingsError("--substream goes with --camera; in a list it stands in the line")
    return listed_cameras(args.cameras_from)


def _on_command_line(args: argparse.Namespace) -> "tuple[ListedCamera, ...]":
    from core.errors import SettingsError
    from recorder.setup.camera_list import ListedCamera

    substreams = dict(_substream(text) for text in args.substream)
    strangers = sorted(set(substreams) - set(range(1, len(args.camera) + 1)))
    if strangers:
        raise SettingsError(f"there is no camera {strangers[0]}: {len(args.camera)} were given")
    return tuple(
        ListedCamera(address=address, substream=substreams.get(number))
        for number, address in enumerate(args.camera, 1)
    )


def _substream(text: str) -> tuple[int, str]:
    from core.errors import SettingsError

    number, _, address = text.partition("=")
    if not (number.isascii() and number.isdigit() and address):
        raise SettingsError("--substream: write N=ADDRESS, N being 1 for the first --camera")
    return int(number), address


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
