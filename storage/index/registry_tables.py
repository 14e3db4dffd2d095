"""Tables of who and where: stations, devices, accounts, and what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.index.base import Base, UtcDateTime


class StationRow(Base):
    """A polling station. Never deleted: footage points at it; `is_active` takes it off the wall."""

    __tablename__ = "station"

    station_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(String(32), index=True)
    address: Mapped[str] = mapped_column(Text, default="")
    mode: Mapped[str] = mapped_column(String(16))
    live: Mapped[str] = mapped_column(String(16))
    timezone: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(64), default="")
    """Of the commission's chair; operators call it."""
    is_active: Mapped[bool] = mapped_column(default=True)
    created_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class CameraRow(Base):
    """A camera of a station."""

    __tablename__ = "camera"
    __table_args__ = (UniqueConstraint("station_id", "position"),)

    camera_id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.station_id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text, default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class EnrolmentTokenRow(Base):
    """A single-use token. The PIN is kept only until the device has fetched it."""

    __tablename__ = "enrolment_token"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.station_id"))
    station_pin: Mapped[str] = mapped_column(String(16), default="")
    created_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"))
    expires_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    used_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device_id: Mapped[UUID | None]


class DeviceRow(Base):
    """A station's recorder, known by its public key (Ed25519, base64)."""

    __tablename__ = "device"

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.station_id"), index=True)
    public_key: Mapped[str] = mapped_column(String(64), unique=True)
    agent_version: Mapped[str] = mapped_column(String(32), default="")
    enrolled_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The newest heartbeat, a `StationReport`."""
    last_report_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it arrived, by the centre's clock."""


class StillRow(Base):
    """The newest still of a camera, JPEG."""

    __tablename__ = "still"

    camera_id: Mapped[UUID] = mapped_column(primary_key=True)
    taken_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    """By the centre's clock: arrival less the age the device gave."""
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)


class AccountRow(Base):
    """A person. `role`: admin, operator, auditor, technician, observer."""

    __tablename__ = "account"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column("user_name", String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    regions: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Keys of `core.regions.REGIONS`; empty means the whole country."""
    language: Mapped[str] = mapped_column(String(2), default="ru")
    totp_secret: Mapped[str] = mapped_column(String(64), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """A browser that signed in."""

    __tablename__ = "web_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiTokenRow(Base):
    """A bearer token of an account; only its digest is kept."""

    __tablename__ = "api_token"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"), index=True)
    label: Mapped[str] = mapped_column(String(64))
    created_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginFailureRow(Base):
    """A failed sign-in, kept as long as the rate limit looks back."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_key_at", "key", "at_utc"),)

    failure_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(128))
    """`user:…`, `known:…` or `address:…`."""
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownAddressRow(Base):
    """Where an account has signed in from, some of the newest for each."""

    __tablename__ = "known_address"

    known_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"), index=True)
    address: Mapped[str] = mapped_column(String(64))
    """As `core.addresses.network_of` gives it."""
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    """Of the last time."""


class AccessRow(Base):
    """Somebody looked at footage, or changed who may."""

    __tablename__ = "access_log"
    # Each heartbeat asks for the newest looks at its cameras, of which a day has tens of thousands.
    __table_args__ = (Index("ix_access_log_camera_action_at", "camera_id", "action", "at_utc"),)

    access_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    account_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(32))
    camera_id: Mapped[UUID | None]
    station_id: Mapped[UUID | None]
    start_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(64), default="")


class IncidentRow(Base):
    """Something a person must see. One row per cause and place while it lasts."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "closed_utc", "opened_utc"),)

    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(48))
    station_id: Mapped[UUID | None] = mapped_column(index=True)
    camera_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    count: Mapped[int] = mapped_column(default=1)
    opened_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    last_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[UUID | None]


class IncidentCommentRow(Base):
    """What somebody said of an incident. Never changed."""

    __tablename__ = "incident_comment"

    comment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.incident_id"), index=True)
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    user: Mapped[str] = mapped_column("user_name", String(64))
    """As they were called then."""
    text: Mapped[str] = mapped_column(Text)
