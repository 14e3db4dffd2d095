"""What viewers say of their links, byte for byte."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.errors import MalformedPacketError
from streamer.ntp import ntp_of
from streamer.playout import hold_back_s, write_playout_delay
from streamer.rtp.packet import read_rtp, write_header
from streamer.rtp.retransmission import Retransmission
from streamer.rtp.rtcp import (
    Estimate,
    ReceptionReport,
    SenderReport,
    read_rtcp,
    write_sender_report,
)


def receiver_report(lost, highest):
    block = (
        (0x1234).to_bytes(4, "big")
        + bytes([0x80])
        + (lost & 0xFFFFFF).to_bytes(3, "big")
        + highest.to_bytes(4, "big")
        + bytes(12)
    )
    return bytes([0x81, 201, 0, 7]) + bytes(4) + block


@pytest.mark.parametrize("lost", [0, 1, 2**23 - 1, -1, -(2**23)])
def test_the_total_of_lost_packets_may_be_less_than_nothing(lost):
    (report,) = read_rtcp(receiver_report(lost, 0x0001_0002))
    assert isinstance(report, ReceptionReport)
    assert (report.lost_total, report.highest_sequence) == (lost, 65_538)
    assert report.fraction_lost == 0.5


def test_reports_go_on_when_the_ntp_clock_begins_anew():
    end = datetime(2036, 2, 7, 6, 28, 16, tzinfo=UTC)
    before, after = (ntp_of(end + timedelta(seconds=s)) for s in (-1, 1))
    assert (before >> 32, after >> 32) == (2**32 - 1, 1)
    report = write_sender_report(7, ntp=after, timestamp=0, packets=1, payload_bytes=1)
    assert next(iter(read_rtcp(report))) == SenderReport(ssrc=7, ntp=after, timestamp=0)


def test_an_estimate_is_read_as_chromium_writes_it():
    # 0x0B is exponent 2 and the upper two bits of the mantissa, all set.
    body = bytes(8) + b"REMB" + bytes([1, 0x0B, 0xD0, 0x90]) + bytes(4)
    (estimate,) = read_rtcp(bytes([0x8F, 206, 0, 5]) + body)
    assert estimate == Estimate(bits_per_s=0x3D090 << 2) == Estimate(bits_per_s=1_000_000)


def test_another_application_message_is_passed_over():
    assert list(read_rtcp(bytes([0x8F, 206, 0, 3]) + bytes(8) + b"LRR!")) == []


def test_a_short_estimate_is_malformed():
    with pytest.raises(MalformedPacketError):
        list(read_rtcp(bytes([0x8F, 206, 0, 3]) + bytes(8) + b"REMB"))


@given(st.binary(max_size=40))
def test_whatever_comes_behind_remb_is_read_or_malformed(rest):
    body = (bytes(8) + b"REMB" + rest)[: (12 + len(rest)) // 4 * 4]
    try:
        found = list(read_rtcp(bytes([0x8F, 206, 0, len(body) // 4]) + body))
    except MalformedPacketError:
        return
    assert all(isinstance(one, Estimate) for one in found)


def test_a_repeated_packet_carries_its_old_number_in_a_stream_of_its_own():
    header = write_header(
        payload_type=102, sequence=0xFFFE, timestamp=77, ssrc=0xABCD, is_marked=True
    )
    stream = Retransmission(103, 0xABCE)
    first, second = (read_rtp(stream.wrapped(header + b"slice")) for _ in range(2))
    assert (first.payload_type, first.ssrc, first.timestamp) == (103, 0xABCE, 77)
    assert first.is_marked
    assert first.payload == b"\xff\xfeslice"
    assert second.sequence == first.sequence + 1


def test_a_repeated_packet_tells_how_long_to_hold_pictures_back():
    header = write_header(payload_type=102, sequence=7, timestamp=77, ssrc=1, is_marked=False)
    told = Retransmission(103, 2, 5).wrapped(header + b"slice", write_playout_delay(0.43))
    assert told[12:20] == bytes.fromhex("bede0001 52") + bytes.fromhex("02b3e8")
    assert read_rtp(told).payload == b"\x00\x07slice"
    untold = Retransmission(103, 2).wrapped(header + b"slice", write_playout_delay(0.43))
    assert len(untold) == len(told) - 8


@pytest.mark.parametrize(
    ("loss", "round_trip_s", "held_s"),
    [(0.0, 0.5, 0.0), (0.01, 0.1, 0.23), (0.05, 0.1, 0.43), (0.05, None, 0.23), (0.1, 2.0, 0.8)],
)
def test_pictures_are_held_back_for_as_long_as_repeats_take(loss, round_trip_s, held_s):
    assert hold_back_s(loss, round_trip_s) == pytest.approx(held_s)
