"""Which relays clients are told of, and for how long they may use them."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest

from streamer.ice_servers import Relays, checked_server, links_of

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
SECRET = b"shared with coturn"
TLS = "turns:turn.example:443?transport=tcp"


def relays(*urls):
    return Relays(urls=urls, secret=SECRET, lifetime=timedelta(hours=1))


def parameters(link):
    return dict(re.findall(r'([\w-]+)="([^"]*)"', link))


def test_a_credential_is_the_digest_that_coturn_makes_of_its_name():
    told = parameters(links_of(relays(TLS), "somebody", NOW))
    digest = hmac.digest(SECRET, told["username"].encode(), hashlib.sha1)
    assert told["credential"] == base64.b64encode(digest).decode()
    assert told["credential-type"] == "password"
    assert told["rel"] == "ice-server"


def test_a_credential_ends_after_its_lifetime():
    expiry, _, _ = parameters(links_of(relays(TLS), "somebody", NOW))["username"].partition(":")
    assert int(expiry) == (NOW + timedelta(hours=1)).timestamp()


def test_the_relay_can_tell_accounts_apart_but_not_who_they_are():
    names = [
        parameters(links_of(relays(TLS), subject, NOW))["username"].partition(":")[2]
        for subject in ("somebody", "somebody", "another")
    ]
    assert names[0] == names[1] != names[2]
    assert "somebody" not in names[0]


def test_each_server_has_its_link_in_the_given_order():
    links = links_of(relays("turn:a.example?transport=udp", TLS), "somebody", NOW)
    assert re.findall("<([^>]*)>", links) == ["turn:a.example?transport=udp", TLS]


def test_stun_needs_no_credential_and_gets_none():
    assert links_of(relays("stun:s.example"), "x", NOW) == '<stun:s.example>; rel="ice-server"'


def test_without_servers_there_is_nothing_to_tell():
    assert links_of(relays(), "somebody", NOW) == ""


@pytest.mark.parametrize(
    "url",
    [
        "turn:turn.example",
        "turn:203.0.113.5:3478?transport=udp",
        "turns:[2001:db8::5]:443?transport=tcp",
        "stun:stun.example:3478",
    ],
)
def test_addresses_as_their_rfcs_write_them_are_taken(url):
    assert checked_server(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://turn.example",
        "turn:",
        "turn:turn.example:0",
        "turn:turn.example?transport=tls",
        "stun:stun.example?transport=udp",
        'turn:turn.example>; rel="x',
        "turn:turn.example\r\nset-cookie: x=1",
    ],
)
def test_what_would_say_something_else_in_a_header_is_refused(url):
    with pytest.raises(ValueError, match="no address"):
        checked_server(url)
