"""Follows docs/design/evidence.md, "Checking a line with other tools", without our code."""

import hashlib
import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fakes.journal import Journal

# RFC 8410: what precedes the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo.
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


@pytest.fixture
def journal() -> Journal:
    """A chain as a device writes it: the one thing here that is ours."""
    journal = Journal(device_id=uuid4(), camera_id=uuid4(), key=Ed25519PrivateKey.generate())
    run = journal.start()
    journal.segment(run, 0, content=b"the bytes of a segment")
    return journal


def test_openssl_accepts_the_signature_of_a_line(journal, tmp_path):
    assert _openssl_accepts(journal.lines[1], journal, tmp_path)


def test_openssl_refuses_a_changed_line(journal, tmp_path):
    changed = journal.lines[1].replace('"frames":', '"frames": ')
    assert changed != journal.lines[1]
    assert not _openssl_accepts(changed, journal, tmp_path)


def test_the_digest_of_a_line_is_prev_of_the_next(journal):
    text = journal.lines[1].split("\t")[0]
    assert json.loads(text)["prev"] == hashlib.sha256(journal.lines[0].encode()).hexdigest()


def test_the_digest_of_a_segment_stands_in_its_line(journal):
    body = json.loads(journal.lines[1].split("\t")[0])["body"]
    assert body["sha256"] == hashlib.sha256(b"the bytes of a segment").hexdigest()


def _openssl_accepts(line: str, journal: Journal, folder: Path) -> bool:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here; to get it: apt-get install openssl")
    text, signature = line.split("\t")
    (folder / "signed").write_bytes(b"pollcam-entry-v1\n" + text.encode())
    (folder / "signature").write_bytes(b64decode(signature))
    key = _SPKI_PREFIX + journal.key.public_key().public_bytes_raw()
    pem = f"-----BEGIN PUBLIC KEY-----\n{b64encode(key).decode()}\n-----END PUBLIC KEY-----\n"
    (folder / "device.pem").write_text(pem, encoding="ascii")
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "device.pem", "-rawin"]
    outcome = subprocess.run(
        [*command, "-in", "signed", "-sigfile", "signature"],
        cwd=folder,
        capture_output=True,
        timeout=30,
        check=False,
    )
    return outcome.returncode == 0
