import pytest

from core.errors import SettingsError
from recorder.sources.address import SourceKind, Transport, read_address


@pytest.mark.parametrize(
    ("text", "kind", "location"),
    [
        ("rtsp://camera/1", SourceKind.RTSP, "rtsp://camera/1"),
        ("rtsps://camera/1", SourceKind.RTSP, "rtsps://camera/1"),
        ("/dev/video0", SourceKind.DEVICE, "/dev/video0"),
        ("/dev/v4l/by-id/usb-cam", SourceKind.DEVICE, "/dev/v4l/by-id/usb-cam"),
        ("footage/walk.mp4", SourceKind.FILE, "footage/walk.mp4"),
        ("file:walk.mp4", SourceKind.FILE, "walk.mp4"),
        ("test:hall", SourceKind.TEST, "hall"),
    ],
)
def test_an_address_names_its_kind(text, kind, location):
    address = read_address(text)
    assert (address.kind, address.location) == (kind, location)


def test_what_is_not_said_is_careful():
    address = read_address("rtsp://camera/1")
    assert address.transport is Transport.TCP
    assert not address.has_sound


@pytest.mark.parametrize("text", ["", "  ", "http://admin:hunter2@camera/", "ftp://x/y"])
def test_an_address_nobody_can_open_is_one_clear_sentence_without_secrets(text):
    with pytest.raises(SettingsError, match="write rtsp://") as raised:
        read_address(text)
    assert "hunter2" not in str(raised.value)


def test_what_is_shown_has_no_password():
    assert "hunter2" not in read_address("rtsp://admin:hunter2@camera/1").shown
