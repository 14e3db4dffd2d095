"""`--cameras-from FILE|-`: cameras' addresses where no other user of the machine can list them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recorder.setup.camera_list import ListedCamera

_MOST_BYTES = 64 * 2**10


def listed_cameras(place: str) -> "tuple[ListedCamera, ...]":
    """Read a list of cameras.

    Args:
        place: A file, or `-` for standard input.

    Raises:
        SettingsError: It cannot be read, or is no such list.
    """
    from core.errors import SettingsError
    from recorder.setup.camera_list import read_camera_list

    try:
        content = _typed() if place == "-" else _content(Path(place))
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"--cameras-from {place}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"--cameras-from {place}: this is no text") from None
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"--cameras-from {place}: this is more than a list of cameras")
    return read_camera_list(text)


def _typed() -> bytes:
    if sys.stdin.isatty():
        print("cameras' addresses, one a line; end with Ctrl-D:", file=sys.stderr)
    return sys.stdin.buffer.read(_MOST_BYTES + 1)


def _content(path: Path) -> bytes:
    from core.errors import SettingsError
    from recorder.disk.secret_file import check_private

    try:
        check_private(path)
    except SettingsError as error:
        print(f"pollcam: warning: {error}", file=sys.stderr)
    with path.open("rb") as listed:
        return listed.read(_MOST_BYTES + 1)
