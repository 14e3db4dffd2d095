import pytest

from recorder.page.pin_gate import OF_ADDRESS, OF_ALL, PinGate, TooManyPinsError

PHONE, STRANGER = "192.0.2.7", "192.0.2.66"


def tried(gate, address, now_s, times=1):
    for _ in range(times):
        gate.begin(address, now_s)


def waited(gate, address, now_s):
    return gate.wait_s(address, now_s)


def test_the_first_tries_wait_for_nothing():
    gate = PinGate()
    tried(gate, PHONE, 100.0, OF_ADDRESS.free - 1)
    assert waited(gate, PHONE, 100.0) == 0.0


def test_further_failures_wait_twice_as_long_each_up_to_a_cap():
    gate, now_s, waits = PinGate(), 100.0, []
    for _ in range(OF_ADDRESS.free + 11):
        now_s += waited(gate, PHONE, now_s)
        gate.begin(PHONE, now_s)
        waits.append(waited(gate, PHONE, now_s))
    grown = [wait for wait in waits if wait]
    assert grown[:4] == [1.0, 2.0, 4.0, 8.0]
    assert grown[-1] == OF_ADDRESS.cap_s


def test_a_try_before_its_time_is_refused_and_does_not_count():
    gate = PinGate()
    tried(gate, PHONE, 100.0, OF_ADDRESS.free)
    for _ in range(50):
        with pytest.raises(TooManyPinsError) as refused:
            gate.begin(PHONE, 100.5)
    assert refused.value.retry_after_s == pytest.approx(0.5)
    assert waited(gate, PHONE, 101.0) == 0.0


def test_tries_at_the_same_instant_get_no_more_than_one_after_another():
    gate = PinGate()
    tried(gate, PHONE, 100.0, OF_ADDRESS.free)
    with pytest.raises(TooManyPinsError):
        gate.begin(PHONE, 100.0)


def test_the_right_pin_wipes_the_slate_of_its_address():
    gate = PinGate()
    tried(gate, PHONE, 100.0, OF_ADDRESS.free)
    gate.succeeded(PHONE)
    assert waited(gate, PHONE, 100.0) == 0.0
    assert not gate.has_just_failed(PHONE, 100.0)


def test_a_guesser_with_many_addresses_waits_too():
    gate = PinGate()
    for n in range(OF_ALL.free):
        gate.begin(f"192.0.2.{n}", 100.0)
    assert waited(gate, "198.51.100.1", 100.0) == 1.0


def test_in_total_the_wait_never_exceeds_its_cap():
    gate, now_s = PinGate(), 100.0
    for n in range(200):
        now_s += waited(gate, f"2001:db8:0:{n:x}::1", now_s)
        gate.begin(f"2001:db8:0:{n:x}::1", now_s)
    assert waited(gate, PHONE, now_s) == OF_ALL.cap_s


def test_who_gave_the_right_pin_before_is_not_shut_out_by_strangers():
    gate = PinGate()
    gate.begin(PHONE, 50.0)
    gate.succeeded(PHONE)
    for n in range(OF_ALL.free + 5):
        gate.begin(f"192.0.2.{100 + n}", 100.0 + 40.0 * n)
    now_s = 100.0 + 40.0 * (OF_ALL.free + 4)
    assert waited(gate, STRANGER, now_s) > 0.0
    assert waited(gate, PHONE, now_s) == 0.0


def test_even_who_is_known_waits_for_own_failures():
    gate = PinGate()
    gate.begin(PHONE, 50.0)
    gate.succeeded(PHONE)
    tried(gate, PHONE, 100.0, OF_ADDRESS.free)
    assert waited(gate, PHONE, 100.0) == 1.0


def test_an_hour_without_a_failure_is_forgiven():
    gate = PinGate()
    tried(gate, PHONE, 100.0, OF_ADDRESS.free)
    gate.begin(PHONE, 3800.0)
    assert waited(gate, PHONE, 3800.0) == 0.0


def test_all_addresses_of_one_network_of_ipv6_are_one():
    gate = PinGate()
    for n in range(OF_ADDRESS.free):
        gate.begin(f"2001:db8::{n}:1", 100.0)
    assert waited(gate, "2001:db8::ffff:1", 100.0) == 1.0


def test_an_ipv4_address_is_the_same_through_an_ipv6_socket():
    gate = PinGate()
    tried(gate, PHONE, 100.0, OF_ADDRESS.free)
    assert waited(gate, f"::ffff:{PHONE}", 100.0) == 1.0


def test_what_is_remembered_is_bounded():
    gate, now_s = PinGate(), 100.0
    for n in range(1200):
        now_s += waited(gate, f"10.0.{n // 250}.{n % 250}", now_s)
        gate.begin(f"10.0.{n // 250}.{n % 250}", now_s)
    assert len(gate._by_address) == 1024


def test_a_wrong_pin_is_told_for_a_minute():
    gate = PinGate()
    gate.begin(PHONE, 100.0)
    assert gate.has_just_failed(PHONE, 160.0)
    assert not gate.has_just_failed(PHONE, 161.0)
    assert not gate.has_just_failed(STRANGER, 100.0)
