"""The device's Ed25519 key: a file that only the agent can read, made once."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import SettingsError
from recorder.disk.secret_file import check_private, write_secret


def load_device_key(path: Path) -> Ed25519PrivateKey:
    """Read the key.

    Raises:
        SettingsError: The file is missing, open to others, or holds no key.
    """
    try:
        check_private(path)
        return Ed25519PrivateKey.from_private_bytes(
            b64decode(path.read_bytes().strip(), validate=True)
        )
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (Base64Error, ValueError):
        raise SettingsError(f"{path} holds no device key") from None


def make_device_key(path: Path) -> Ed25519PrivateKey:
    """Make a key, durable in its file before the call returns.

    Raises:
        SettingsError: There is a file of that name, or it cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    write_secret(path, b64encode(key.private_bytes_raw()) + b"\n")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as it is registered: 32 bytes, base64."""
    return b64encode(key.public_key().public_bytes_raw()).decode()
