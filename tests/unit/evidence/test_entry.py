import json
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence.entry import (
    MAX_LINE_BYTES,
    NO_PREDECESSOR,
    ChainPosition,
    EntryKind,
    check_signature,
    line_sha256,
    read_entry,
    write_entry,
)
from evidence.errors import EntryError, EntryFormatError, EntrySignatureError
from tests.fakes.journal import MORNING

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
POSITION = ChainPosition(device_id=uuid4(), camera_id=uuid4(), epoch=uuid4())
BODIES = st.dictionaries(
    st.text(max_size=10),
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    max_size=5,
)


def entry(body=None, position=POSITION):
    return write_entry(
        KEY, position, EntryKind.GAP, {"cause": "lost"} if body is None else body, MORNING, 12.5
    )


def changed(line, **fields):
    text, signature = line.split("\t")
    return json.dumps({**json.loads(text), **fields}, separators=(",", ":")) + "\t" + signature


@given(body=BODIES)
def test_what_is_written_is_read_and_its_signature_holds(body):
    written = entry(body)
    read = read_entry(written.line)
    assert read == written
    assert dict(read.body) == body
    assert (read.seq, read.prev, read.kind) == (0, NO_PREDECESSOR, EntryKind.GAP)
    assert (read.at_utc, read.monotonic_s) == (MORNING, 12.5)
    check_signature(read, KEY.public_key())


def test_the_digest_covers_the_signature():
    line = entry().line
    assert entry().sha256 == line_sha256(line)
    assert line_sha256(line) != line_sha256(line.split("\t")[0])


@pytest.mark.parametrize(
    "fields", [{"seq": 1}, {"prev": "1" * 64}, {"body": {"cause": "expired"}}, {"kind": "stop"}]
)
def test_a_changed_statement_is_not_signed(fields):
    forged = read_entry(changed(entry().line, **fields))
    with pytest.raises(EntrySignatureError):
        check_signature(forged, KEY.public_key())


def test_another_device_did_not_sign_it():
    with pytest.raises(EntrySignatureError):
        check_signature(entry(), Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64!", "é"])
def test_a_signature_that_is_none_does_not_hold(signature):
    line = entry().line.split("\t")[0] + "\t" + signature
    with pytest.raises(EntryError):
        check_signature(read_entry(line), KEY.public_key())


def test_a_signature_for_another_purpose_does_not_hold():
    text = entry().line.split("\t")[0]
    from base64 import b64encode

    line = f"{text}\t{b64encode(KEY.sign(text.encode())).decode()}"
    with pytest.raises(EntrySignatureError):
        check_signature(read_entry(line), KEY.public_key())


@pytest.mark.parametrize(
    "fields",
    [
        {"v": 2},
        {"v": "1"},
        {"seq": -1},
        {"seq": 1.0},
        {"seq": True},
        {"seq": "1"},
        {"device": "?"},
        {"kind": "rumour"},
        {"at": "yesterday"},
        {"mono": None},
        {"body": [1]},
    ],
)
def test_a_field_of_the_wrong_kind_is_no_entry(fields):
    with pytest.raises(EntryFormatError):
        read_entry(changed(entry().line, **fields))


@pytest.mark.parametrize("missing", ["v", "device", "camera", "epoch", "seq", "prev", "body"])
def test_a_field_that_is_missing_makes_it_no_entry(missing):
    text, signature = entry().line.split("\t")
    fields = json.loads(text)
    del fields[missing]
    with pytest.raises(EntryFormatError):
        read_entry(f"{json.dumps(fields)}\t{signature}")


def test_a_key_that_appears_twice_makes_it_no_entry():
    with pytest.raises(EntryFormatError):
        read_entry(entry().line.replace('"seq":0', '"seq":0,"seq":0'))


@pytest.mark.parametrize("line", ["", "{}", "\t", "a\tb\tc", "[]\tAA", "1\tAA", "{}\tAA\n", "["])
def test_what_is_not_json_tab_signature_is_no_entry(line):
    with pytest.raises(EntryFormatError):
        read_entry(line)


def test_a_line_longer_than_any_of_ours_is_not_even_parsed():
    with pytest.raises(EntryFormatError, match="JSON tab signature"):
        read_entry(entry().line + "A" * MAX_LINE_BYTES)


@given(st.text(max_size=300))
def test_any_text_is_an_entry_or_a_named_error(text):
    with pytest.raises(EntryFormatError):
        read_entry(text)


@given(at=st.integers(0, 400), bit=st.integers(0, 6))
def test_no_single_flipped_bit_passes(at, bit):
    line = entry().line
    at %= len(line)
    flipped = line[:at] + chr(ord(line[at]) ^ (1 << bit)) + line[at + 1 :]
    with pytest.raises(EntryError):
        check_signature(read_entry(flipped), KEY.public_key())
