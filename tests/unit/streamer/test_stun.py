"""Our STUN is aioice's, which is written by others."""

import pytest
from aioice import stun as theirs
from hypothesis import given
from hypothesis import strategies as st

from streamer.udp import stun

KEY = b"a password of some length"
TRANSACTION = bytes(range(12))


def their_request(username="ours:theirs", key=KEY):
    request = theirs.Message(
        message_method=theirs.Method.BINDING, message_class=theirs.Class.REQUEST
    )
    request.attributes["USERNAME"] = username
    request.attributes["PRIORITY"] = 1
    request.add_message_integrity(key)
    return bytes(request)


def test_a_request_of_another_implementation_is_read_and_believed():
    request = their_request()
    assert stun.is_stun(request)
    assert stun.addressee(request) == "ours"
    assert stun.is_authentic(request, KEY)


def test_a_request_signed_with_another_password_is_not_believed():
    assert not stun.is_authentic(their_request(key=b"another password entirely"), KEY)


def test_a_changed_request_is_not_believed():
    request = bytearray(their_request())
    request[26] ^= 1
    assert not stun.is_authentic(bytes(request), KEY)


def test_a_request_without_a_signature_is_not_believed():
    request = theirs.Message(
        message_method=theirs.Method.BINDING, message_class=theirs.Class.REQUEST
    )
    assert not stun.is_authentic(bytes(request), KEY)


@pytest.mark.parametrize("address", [("192.0.2.7", 40000), ("2001:db8::7", 40001)])
def test_another_implementation_reads_our_response(address):
    request = their_request()
    response = theirs.parse_message(stun.write_response(request, address, KEY))
    assert response.message_class is theirs.Class.RESPONSE
    assert response.transaction_id == request[stun.TRANSACTION]
    assert response.attributes["XOR-MAPPED-ADDRESS"] == address
    assert response.check_message_integrity(KEY)


@pytest.mark.parametrize(
    ("is_controlling", "role"), [(False, "ICE-CONTROLLED"), (True, "ICE-CONTROLLING")]
)
def test_another_implementation_reads_our_request(is_controlling, role):
    data = stun.write_request(
        TRANSACTION, "theirs:ours", 123, 2**63 + 5, KEY, is_controlling=is_controlling
    )
    request = theirs.parse_message(data)
    assert request.message_class is theirs.Class.REQUEST
    assert request.attributes["USERNAME"] == "theirs:ours"
    assert request.attributes["PRIORITY"] == 123
    assert request.attributes[role] == 2**63 + 5
    assert request.check_message_integrity(KEY)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange_to_be_looked_at(data):
    head = stun.REQUEST + len(data).to_bytes(2, "big") + bytes.fromhex("2112a442") + TRANSACTION
    for message in (data, head + data):
        stun.is_stun(message)
        stun.addressee(message)
        assert not stun.is_authentic(message, KEY)
