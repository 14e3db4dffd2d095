"""Which pages an account is led to."""

from dataclasses import dataclass

from api.auth.account import Account
from api.auth.rights import Right, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of the navigation."""

    name: str
    """Of its text: `nav.…`."""
    path: str
    is_current: bool = False


_PAGES = (
    ("wall", "/wall", Right.SEE_STATUS),
    ("incidents", "/incidents", Right.SEE_INCIDENTS),
    ("archive", "/archive", Right.SEE_COVERAGE),
    ("exports", "/exports", Right.EXPORT),
    ("holds", "/holds", Right.HOLD),
    ("access_log", "/access-log", Right.SEE_ACCESS_LOG),
    ("stations", "/admin/stations", Right.MANAGE_STATIONS),
    ("devices", "/admin/devices", Right.SEE_DEVICES),
    ("accounts", "/admin/accounts", Right.MANAGE_ACCOUNTS),
)
_HOMES = {Role.AUDITOR: "/archive", Role.TECHNICIAN: "/stations"}


def links_for(account: Account | None, path: str) -> tuple[Link, ...]:
    """The pages this account may open, the one it is on marked."""
    if account is None:
        return ()
    own = [("my_stations", "/stations", Right.SEE_STATUS)]
    pages = [*own, *_PAGES[1:]] if account.role is Role.TECHNICIAN else _PAGES
    return tuple(
        Link(name=f"nav.{name}", path=to, is_current=path == to or path.startswith(f"{to}/"))
        for name, to, right in pages
        if account.has(right)
    )


def home_of(account: Account) -> str:
    """Where an account works."""
    return _HOMES.get(account.role, "/wall")
