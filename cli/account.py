"""`pollcam account`: accounts, made by whoever administers the machine."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from contextlib import closing


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("account", help="make accounts")
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make an account; its password is asked for")
    create.add_argument("user", help="the name to sign in with")
    create.add_argument(
        "--role",
        required=True,
        choices=("admin", "operator", "auditor", "technician", "observer"),
    )
    create.add_argument(
        "--region",
        action="append",
        default=[],
        help="repeatable; without it the account reaches the whole country",
    )
    create.add_argument("--language", choices=("ky", "ru", "en"), default="ru")
    create.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input instead of asking twice",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the account; the settings are those of the API."""
    from pydantic import TypeAdapter, ValidationError

    from api.account_changes import AccountOrder, Changer
    from api.auth.rights import Role
    from api.parameters import FilledLine, Region
    from api.settings import load_settings
    from api.wiring import make_services
    from core.clock import SystemClock
    from core.errors import PollcamError

    try:
        regions = tuple(TypeAdapter(Region).validate_python(name) for name in args.region)
        order = AccountOrder(
            user=TypeAdapter(FilledLine).validate_python(args.user),
            password=_password(from_stdin=args.password_stdin),
            role=Role(args.role),
            regions=regions,
            language=args.language,
        )
        with closing(make_services(load_settings(os.environ), SystemClock())) as services:
            row = Changer(services=services, account=None).create(order)
    except ValidationError as error:
        return _refuse(error.errors()[0]["msg"].removeprefix("Value error, "))
    except PollcamError as error:
        return _refuse(str(error))
    print(f"account {row.user} was made with the role {row.role}")
    return 0


def _password(*, from_stdin: bool, ask: Callable[[str], str] = getpass.getpass) -> str:
    from core.errors import BadInputError

    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = ask("Password: ")
    if first != ask("Once more: "):
        raise BadInputError("the two passwords differ")
    return first


def _refuse(sentence: str) -> int:
    print(f"pollcam: {sentence}", file=sys.stderr)
    return 2
