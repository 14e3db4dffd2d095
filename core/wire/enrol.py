"""How a device becomes known."""

from uuid import UUID

from core.station import LiveMode, StationMode
from core.wire.message import Message


class EnrolRequest(Message):
    """Sent once, with the single-use token, over TLS. `proof` shows possession of the key."""

    token: str
    public_key: str
    """Ed25519, 32 bytes, base64."""
    proof: str
    """Signature over `pollcam-enrol-v1\\n` + token, base64."""
    agent_version: str = ""


class EnrolledCamera(Message):
    """A camera the centre knows at this station."""

    camera_id: UUID
    position: int
    name: str = ""


class EnrolReply(Message):
    """Everything an agent needs to write its configuration."""

    device_id: UUID
    station_id: UUID
    station_number: str
    station_name: str
    timezone: str
    mode: StationMode
    live: LiveMode
    cameras: tuple[EnrolledCamera, ...]
    station_pin: str
    """Opens stills and metrics on the station's own page; six digits."""
