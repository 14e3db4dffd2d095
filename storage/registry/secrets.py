"""Random secrets that are shown once and kept only as digests."""

import hashlib
import secrets


def new_secret(prefix: str) -> str:
    """A secret of 256 random bits; the prefix tells people and scanners what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """What is kept of it. The secrets are random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
