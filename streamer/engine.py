"""Where live is carried: by this streamer, or by another engine that clients are sent to. Pure."""

from string import Formatter
from urllib.parse import urlsplit
from uuid import UUID

EMBEDDED = "embedded"
_PLACES = {"protocol", "camera_id"}


def checked_template(value: str) -> str:
    """The template of an engine's addresses, unchanged.

    Raises:
        ValueError: It is none that leads to one place for each camera.
    """
    places = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or "{" in url.netloc:
        raise ValueError("must be `embedded` or an address like https://b.example/whep/{camera_id}")
    if "camera_id" not in places or places - _PLACES:
        raise ValueError("names {camera_id}, may name {protocol}, and nothing else in braces")
    if value != "".join(value.split()) or not value.isprintable() or not value.isascii():
        raise ValueError("an address has no spaces and no letters beyond ASCII")
    return value


def address_in(template: str, protocol: str, camera_id: UUID) -> str:
    """Where one camera is published (`whip`) or watched (`whep`)."""
    return template.format(protocol=protocol, camera_id=camera_id)
