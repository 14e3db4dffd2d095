"""What the agent makes of a streamer's `Link` header, and when it goes through a relay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.live.detour import DETOUR_S, Detour
from recorder.live.relays import Relay, best_relay, relays_of

RIGHTS = 'username="1764403200:a"; credential="k+/="; credential-type="password"'


def link(url, rights=RIGHTS, rel='"ice-server"'):
    return f"<{url}>; rel={rel}; {rights}"


def relay(url):
    return Relay(url=url, username="1764403200:a", credential="k+/=")


UDP, TCP = relay("turn:t.example:3478?transport=udp"), relay("turn:t.example:3478?transport=tcp")
TLS = relay("turns:t.example:443?transport=tcp")


def test_turn_servers_are_read_in_their_order():
    header = ", ".join(link(one.url) for one in (UDP, TCP, TLS))
    assert relays_of(header) == (UDP, TCP, TLS)


def test_commas_and_quotes_in_values_do_not_end_them():
    (found,) = relays_of(link(TLS.url, r'username="a,b;c"; credential="x\"y"'))
    assert (found.username, found.credential) == ("a,b;c", 'x"y')


@pytest.mark.parametrize(
    "header",
    [
        "",
        "<stun:s.example>; rel=ice-server",
        link("turn:t.example", rel="next"),
        link("turn:t.example", rights='username="a"'),
        link("turn:t.example", rights='username="a"; credential="b"; credential-type="oauth"'),
        link("turns:t.example?transport=udp"),
        link("turn:[2001:db8::1]:3478"),
        link("https://t.example"),
    ],
)
def test_what_cannot_be_used_is_passed_over(header):
    assert relays_of(header) == ()


def test_a_long_header_costs_little_and_gives_few():
    assert len(relays_of(", ".join(link(UDP.url) for _ in range(10_000)))) <= 16


@given(st.text())
def test_no_header_breaks_the_publisher(text):
    relays_of(text)


def test_the_relay_that_looks_like_the_web_is_taken_first():
    assert best_relay((UDP, TCP, TLS)) == TLS
    assert best_relay((UDP, TCP)) == TCP
    assert best_relay(()) is None


def test_a_credential_is_not_printed():
    assert "k+/=" not in repr(TLS)


def test_the_straight_way_is_tried_first_whatever_relays_there_are():
    detour = Detour()
    detour.note_relays((TLS,))
    assert detour.relay_at(0.0) is None


def test_a_blocked_network_is_gone_around_for_an_hour():
    detour = Detour()
    detour.note_relays((TLS,))
    detour.note_blocked(None, 100.0)
    assert detour.relay_at(100.0) == TLS
    assert detour.relay_at(100.0 + DETOUR_S) is None


def test_a_relay_that_does_not_get_through_is_left_for_the_straight_way():
    detour = Detour()
    detour.note_relays((TLS,))
    detour.note_blocked(None, 100.0)
    detour.note_blocked(TLS, 120.0)
    assert detour.relay_at(120.0) is None


def test_the_newest_credentials_are_used():
    detour = Detour()
    detour.note_relays((TLS,))
    detour.note_blocked(None, 100.0)
    detour.note_relays((TCP,))
    assert detour.relay_at(200.0) == TCP
