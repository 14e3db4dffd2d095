"""The secrets the API makes for itself at its first start, below `data_dir/keys`."""

import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import SettingsError

_LIVE_KEY = "live.key"
_LIVE_PUBLIC = "live.pub"
_GRANT_KEY = "grant.key"


def load_live_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs live tokens; made when there is none. Its public half lies beside it.

    Raises:
        SettingsError: The file is open to others, or holds no key.
    """
    secret = _secret(folder, _LIVE_KEY, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    try:
        key = Ed25519PrivateKey.from_private_bytes(secret)
    except ValueError as error:
        raise SettingsError(f"{folder / _LIVE_KEY} holds no key") from error
    with suppress(FileExistsError):
        _write_once(folder / _LIVE_PUBLIC, public_text(key).encode(), 0o644)
    return key


def load_grant_key(folder: Path) -> bytes:
    """The 32 bytes that sign the right to put an object; made when there are none."""
    return _secret(folder, _GRANT_KEY, lambda: secrets.token_bytes(32))


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half, as the streamer is given it: base64 of 32 bytes."""
    return b64encode(key.public_key().public_bytes_raw()).decode()


def _secret(folder: Path, name: str, make: Callable[[], bytes]) -> bytes:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        with suppress(FileExistsError):  # another process of ours was first: use its key
            _write_once(path, b64encode(make()), 0o600)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by others; chmod it to 600")
    try:
        return b64decode(path.read_bytes(), validate=True)
    except ValueError as error:
        raise SettingsError(f"{path} holds no key") from error


def _write_once(path: Path, content: bytes, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.{uuid4()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike rename, refuses to overwrite
    finally:
        temporary.unlink()
