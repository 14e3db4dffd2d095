"""The one table of who may do what. Every route names the right it needs."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    OPERATOR = "operator"
    """Watches the polling day and acts on it."""
    AUDITOR = "auditor"
    """Looks things up in the archive and takes clips away."""
    TECHNICIAN = "technician"
    """Keeps the stations of some regions running."""
    OBSERVER = "observer"
    """Sees that everything is recorded, and no footage."""


class Right(StrEnum):
    """What a route asks for."""

    OWN_ACCOUNT = "own_account"
    """One's own session, password and tokens: everybody who signed in."""
    SEE_STATUS = "see_status"
    SEE_SNAPSHOT = "see_snapshot"
    WATCH_LIVE = "watch_live"
    SEE_COVERAGE = "see_coverage"
    WATCH_ARCHIVE = "watch_archive"
    EXPORT = "export"
    HOLD = "hold"
    SEE_INCIDENTS = "see_incidents"
    HANDLE_INCIDENTS = "handle_incidents"
    SEE_ACCESS_LOG = "see_access_log"
    SEE_DEVICES = "see_devices"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_STATIONS = "manage_stations"
    MANAGE_ACCOUNTS = "manage_accounts"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.OPERATOR: frozenset(
        {
            Right.OWN_ACCOUNT,
            Right.SEE_STATUS,
            Right.SEE_SNAPSHOT,
            Right.WATCH_LIVE,
            Right.SEE_COVERAGE,
            Right.SEE_INCIDENTS,
            Right.HANDLE_INCIDENTS,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Right.OWN_ACCOUNT,
            Right.SEE_STATUS,
            Right.SEE_COVERAGE,
            Right.WATCH_ARCHIVE,
            Right.EXPORT,
            Right.HOLD,
            Right.SEE_ACCESS_LOG,
        }
    ),
    Role.TECHNICIAN: frozenset(
        {
            Right.OWN_ACCOUNT,
            Right.SEE_STATUS,
            Right.SEE_SNAPSHOT,
            Right.SEE_DEVICES,
        }
    ),
    Role.OBSERVER: frozenset({Right.OWN_ACCOUNT, Right.SEE_STATUS, Right.SEE_COVERAGE}),
}
