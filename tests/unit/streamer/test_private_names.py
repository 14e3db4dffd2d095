"""The private names of aiortc, aioice and pylibsrtp that `passthrough` and `egress` rely on.

One of these failing means: an update of that library moved what the streamer hooks into. Read
its changes, follow them in those two files alone, and only then move the pin.
"""

import asyncio
import inspect

import aioice
import aiortc
import pytest
from aiortc import RTCCertificate, RTCDtlsTransport, rtcdtlstransport
from pylibsrtp import Policy, Session, _binding

PINNED = {"aiortc": "1.16.", "aioice": "0.13.", "pylibsrtp": "1.0."}


class IceTransport:
    role = "controlled"
    _recv = _send = None


@pytest.fixture
async def dtls():
    return RTCDtlsTransport(IceTransport(), [RTCCertificate.generateCertificate()])


@pytest.mark.parametrize("module", [aiortc, aioice])
def test_the_version_is_the_one_whose_source_was_read(module):
    assert module.__version__.startswith(PINNED[module.__name__])


async def test_dtls_takes_any_ice_transport_that_can_receive_and_send(dtls):
    assert dtls.transport.role == "controlled"
    source = inspect.getsource(RTCDtlsTransport)
    used = {"self.transport._recv(", "self.transport._send("}
    assert all(name in source for name in used)


async def test_dtls_negotiates_the_profiles_of_this_attribute(dtls):
    assert dtls._srtp_profiles is rtcdtlstransport.SRTP_PROFILES
    source = inspect.getsource(RTCDtlsTransport.start)
    assert "srtp_profiles=self._srtp_profiles" in source


async def test_dtls_has_a_role_that_can_be_set(dtls):
    dtls._set_role("server")
    assert dtls._role == "server"


async def test_dtls_has_no_sessions_before_its_handshake(dtls):
    assert dtls._tx_srtp is None
    assert dtls._ssl is None


def test_dtls_hands_decrypted_packets_to_these_methods():
    source = inspect.getsource(RTCDtlsTransport._recv_next)
    assert "await self._handle_rtp_data(data, arrival_time_ms=arrival_time_ms)" in source
    assert "await self._handle_rtcp_data(data)" in source


def test_dtls_lets_packets_be_repeated():
    source = inspect.getsource(RTCDtlsTransport._setup_srtp)
    assert "tx_policy.allow_repeat_tx = True" in source


def test_the_tags_are_as_long_as_the_layout_leaves_room_for():
    for profile, tag in (
        (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 10),
        (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16),
        (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 16),
    ):
        policy = Policy(
            key=bytes(range(46)), ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile
        )
        packet = bytes.fromhex("80600001000000000000abcd") + bytes(100)
        assert len(Session(policy).protect(packet)) - len(packet) == tag


def test_srtp_can_be_called_on_memory_of_our_own():
    assert callable(_binding.lib.srtp_protect)
    policy = Policy(key=bytes(30), ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    context = Session(policy)._srtp[0]
    assert _binding.ffi.typeof(context).cname.startswith(("struct srtp_ctx", "srtp_t"))


def test_ice_asks_this_method_for_the_addresses_to_use():
    signature = inspect.signature(aioice.Connection.get_component_candidates)
    assert list(signature.parameters) == ["self", "component", "addresses", "timeout"]
    source = inspect.getsource(aioice.Connection.gather_candidates)
    assert "self.get_component_candidates(component=component, addresses=addresses)" in source


async def test_ice_starts_what_asks_for_consent_by_this_name():
    source = inspect.getsource(aioice.Connection.connect)
    assert "self._query_consent_task = asyncio.create_task(self.query_consent())" in source


def test_ice_says_by_this_method_that_a_pair_was_checked():
    assert list(inspect.signature(aioice.Connection.check_complete).parameters) == ["self", "pair"]
    source = inspect.getsource(aioice.Connection.check_complete)
    assert "self._nominated[pair.component] = pair" in source


async def test_ice_talks_through_protocols_that_are_given_their_transport():
    connection = aioice.Connection(ice_controlling=False)
    assert connection._protocols == []
    assert connection._tie_breaker >= 0
    protocol = aioice.ice.StunProtocol(connection)
    sent = []

    class Transport(asyncio.DatagramTransport):
        def sendto(self, data, addr=None):
            sent.append((data, addr))

    protocol.connection_made(Transport())
    await protocol.send_data(b"data", ("192.0.2.1", 9))
    assert sent == [(b"data", ("192.0.2.1", 9))]


@pytest.mark.parametrize("name", ["srtp_protect", "srtp_unprotect"])
def test_srtp_functions_have_addresses_that_c_can_call(name):
    function = _binding.ffi.addressof(_binding.lib, name)
    declared = _binding.ffi.typeof(function).cname
    assert declared.endswith(" *, void *, int *)")
    assert int(_binding.ffi.cast("uintptr_t", function))


async def test_ice_keeps_the_chosen_pair_by_component():
    connection = aioice.Connection(ice_controlling=False)
    assert connection._nominated == {}
    pair = inspect.getsource(aioice.ice.CandidatePair)
    assert "def remote_addr" in pair
    assert "self.protocol = protocol" in pair
    assert "self.transport = " in inspect.getsource(aioice.ice.StunProtocol.connection_made)


async def test_ice_keeps_where_the_peer_may_be_under_these_names():
    connection = aioice.Connection(ice_controlling=False)
    assert connection._remote_candidates == connection._check_list == []
    incoming = inspect.getsource(aioice.Connection.check_incoming)
    assert "if c._network_host == addr[0] and c.port == addr[1]" in incoming
    assert "self._check_list.append(pair)" in incoming
    assert "pair.remote_nominated = True" in incoming
    assert "self.task" in inspect.getsource(aioice.ice.CandidatePair)
    states = list(inspect.signature(aioice.Connection.check_state).parameters)
    assert states == ["self", "pair", "state"]


async def test_the_agents_publisher_finds_the_connection_behind_a_sender():
    peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    sender = peer.addTransceiver("video").sender
    connection = sender.transport.transport.iceGatherer._connection
    assert isinstance(connection, aioice.Connection)
    await peer.close()
