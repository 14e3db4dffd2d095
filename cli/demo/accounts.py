"""Gives the demo's accounts new passwords: `python -m cli.demo.accounts`, in its own process.

Reads `{"language": …, "passwords": {role: password}}` and writes `{role: token}`. Who was signed in
by an earlier run's password is signed out.
"""

import json
import os
import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from cli.demo.tied import tie

if TYPE_CHECKING:
    from uuid import UUID

    from api.services import Services

_TOKEN_LIFETIME = timedelta(days=30)


def renew(services: "Services", passwords: dict[str, str], language: str) -> dict[str, str]:
    """Make the accounts, or make them as if new; gives a token for each."""
    from api.account_changes import AccountChange, AccountOrder, Changer
    from api.auth.rights import Role

    changer = Changer(services=services, account=None)

    def renewed(name: str, password: str) -> "UUID":
        known_id = _known_id(services, name)
        if known_id is None:
            order = AccountOrder(user=name, password=password, role=Role(name), language=language)
            return changer.create(order).account_id
        change = AccountChange(password=password, role=Role(name), regions=(), is_active=True)
        changer.change(known_id, change)
        changer.drop_code_secret(known_id)
        return known_id

    return {name: _token(services, renewed(name, passwords[name])) for name in passwords}


def _known_id(services: "Services", name: str) -> "UUID | None":
    from storage.registry.accounts import find_account

    with services.transaction() as session:
        known = find_account(session, name)
        return None if known is None else known.account_id


def _token(services: "Services", account_id: "UUID") -> str:
    from storage.registry.api_tokens import NewToken, create_token

    now_utc = services.now_utc
    new = NewToken(account_id=account_id, label="demo", expires_utc=now_utc + _TOKEN_LIFETIME)
    with services.transaction() as session:
        return create_token(session, new, now_utc)[0]


def main() -> int:
    """Renew the accounts of the API that the environment configures."""
    from api.settings import load_settings
    from api.wiring import make_services
    from core.clock import SystemClock
    from core.errors import PollcamError

    wanted = json.load(sys.stdin)
    try:
        with closing(make_services(load_settings(os.environ), SystemClock())) as services:
            print(json.dumps(renew(services, wanted["passwords"], wanted["language"])))
    except PollcamError as error:
        print(f"pollcam: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    sys.exit(main())
