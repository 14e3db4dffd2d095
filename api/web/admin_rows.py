"""The rows of the administrator's tables."""

from api.routes.devices import DeviceView
from api.web.tables import Cell, Column, begun
from api.web.zones import COUNTRY_ZONE
from core.ui.catalogue import Texts
from core.ui.spelling import moment
from core.ui.words import region_word, role_word
from storage.index.registry_tables import AccountRow, StationRow

STATION_COLUMNS = (
    Column(key="number", name="table.number"),
    Column(key="name", name="table.name"),
    Column(key="region", name="table.region"),
    Column(key="address", name="table.place"),
    Column(key="mode", name="table.mode"),
    Column(key="cameras", name="table.cameras"),
    Column(key="phone", name="table.phone"),
    Column(key="active", name="table.state"),
)
DEVICE_COLUMNS = (
    Column(key="station", name="table.station"),
    Column(key="region", name="table.region"),
    Column(key="enrolled", name="table.enrolled"),
    Column(key="report", name="table.report"),
    Column(key="version", name="detail.version"),
    Column(key="state", name="table.state"),
    Column(key="id", name="table.id"),
)
ACCOUNT_COLUMNS = (
    Column(key="user", name="table.user"),
    Column(key="role", name="table.role"),
    Column(key="regions", name="table.regions"),
    Column(key="language", name="page.language"),
    Column(key="code", name="table.code"),
    Column(key="active", name="table.state"),
)


def station_row(row: StationRow, cameras: int, texts: Texts) -> tuple[Cell, ...]:
    """One registered station."""
    return (
        Cell(text=row.number, href=f"/admin/stations/{row.station_id}"),
        Cell(text=row.name),
        Cell(text=begun(region_word(texts, row.region))),
        Cell(text=row.address or "–"),
        Cell(text=begun(texts(f"mode.{row.mode}"))),
        Cell(text=str(cameras)),
        Cell(text=row.phone or "–"),
        _use(texts, is_active=row.is_active),
    )


def device_row(view: DeviceView, texts: Texts) -> tuple[Cell, ...]:
    """One recorder."""
    reported = view.last_report_utc
    is_trusted = view.revoked_utc is None
    return (
        Cell(text=view.station_number, href=f"/stations/{view.station_id}"),
        Cell(text=begun(region_word(texts, view.region))),
        Cell(text=moment(view.enrolled_utc, COUNTRY_ZONE, texts), instant=view.enrolled_utc),
        Cell(
            text=moment(reported, COUNTRY_ZONE, texts) if reported else "–",
            instant=reported,
            order=0,
        ),
        Cell(text=view.agent_version or "–"),
        Cell(
            text=texts("device.trusted" if is_trusted else "device.revoked"),
            tone="ok" if is_trusted else "idle",
        ),
        Cell(text=str(view.id)[:8], is_code=True),
    )


def account_row(row: AccountRow, texts: Texts) -> tuple[Cell, ...]:
    """One account."""
    regions = ", ".join(region_word(texts, region) for region in row.regions)
    return (
        Cell(text=row.user, href=f"/admin/accounts/{row.account_id}"),
        Cell(text=begun(role_word(texts, row.role))),
        Cell(text=begun(regions) or texts("wall.all_regions")),
        Cell(text=row.language.upper()),
        Cell(text=begun(texts("yes" if row.totp_secret else "no"))),
        _use(texts, is_active=row.is_active),
    )


def _use(texts: Texts, *, is_active: bool) -> Cell:
    text = texts("table.in_use" if is_active else "table.not_in_use")
    return Cell(text=text, tone="ok" if is_active else "idle")
