"""What Prometheus reads of the streams that are here."""

from uuid import UUID

from core.live_stream import StreamKey
from streamer.egress import SendDesk
from streamer.present import Present
from streamer.publication import Publication
from tests.fakes.clock import FakeClock


def ages(present):
    family = next(f for f in present.collect() if f.name.endswith("picture_age_seconds"))
    return [sample.value for sample in family.samples]


def test_a_publisher_of_whom_no_picture_has_come_shows_as_one_that_grows_old():
    clock = FakeClock()
    publication = Publication(StreamKey(UUID(int=7)), clock, SendDesk())
    present = Present([publication], clock, [])
    clock.advance(9)
    assert ages(present) == [9]
    publication.last_unit_s = clock.monotonic_s()
    clock.advance(1)
    assert ages(present) == [1]
