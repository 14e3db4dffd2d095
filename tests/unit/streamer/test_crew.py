"""Cameras and sessions find their worker."""

import base64
from collections import Counter
from types import SimpleNamespace
from uuid import UUID, uuid4

from prometheus_client.parser import text_string_to_metric_families

from core.live_token import LiveAction
from streamer.crew.assignment import session_id_at, worker_of_camera, worker_of_session
from streamer.crew.front import Front
from streamer.crew.ledger import Ledger
from streamer.crew.scrape import merged
from streamer.limits import Claim, Limits
from streamer.settings import StreamerSettings
from tests.fakes.clock import FakeClock

CAMERAS = [UUID(int=number) for number in range(400)]
SETTINGS = StreamerSettings(api_public_key=base64.b64encode(bytes(range(32))).decode(), workers=2)
LIMITS = Limits(
    viewers_per_node=9,
    viewers_per_camera=9,
    viewers_per_subject=9,
    viewers_per_address=9,
    publications_per_node=9,
    publications_per_subject=9,
)


def test_cameras_spread_over_the_workers():
    counts = Counter(worker_of_camera(camera, range(4)) for camera in CAMERAS)
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 60


def test_only_the_cameras_of_a_lost_worker_move():
    for camera in CAMERAS:
        before = worker_of_camera(camera, [0, 1, 2, 3])
        after = worker_of_camera(camera, [0, 1, 3])
        assert before in (after, 2)


def test_a_session_tells_its_worker_and_is_random_for_the_rest():
    ids = {session_id_at(7) for _ in range(100)}
    assert len(ids) == 100
    assert {worker_of_session(session_id) for session_id in ids} == {7}
    assert worker_of_session(uuid4()) < 256


def seated(ledger, worker, subject):
    """A session of somebody's at a worker: its seat, and its id."""
    claim = Claim(action=LiveAction.VIEW, camera_id=uuid4(), subject=subject, address="192.0.2.1")
    seat, session_id = ledger.take(worker, claim), session_id_at(worker)
    ledger.name(seat, session_id)
    return seat, session_id


def test_a_ledger_knows_whose_a_session_is_until_it_is_over():
    ledger = Ledger(LIMITS)
    (first, first_id), (_, second_id) = seated(ledger, 0, "anna"), seated(ledger, 1, "bela")
    assert [ledger.subject_of(i) for i in (first_id, second_id)] == ["anna", "bela"]
    ledger.leave(first)
    ledger.name(first, first_id)  # it ended before its answer was on its way
    assert [ledger.subject_of(i) for i in (first_id, second_id)] == [None, "bela"]
    ledger.leave_all_at(1)
    assert ledger.subject_of(second_id) is None
    kept = (value for name, value in vars(ledger).items() if name in ("_taken", "_numbers_of"))
    assert not any(kept)


def test_who_publishes_and_who_watches_meet_though_the_cameras_worker_was_away_for_a_while():
    camera = next(one for one in CAMERAS if worker_of_camera(one, [0, 1]) == 1)
    workers = [SimpleNamespace(number=number, is_alive=number == 0) for number in (0, 1)]
    ledger = Ledger(LIMITS)
    front = Front(workers, SETTINGS, ledger, FakeClock())
    claim = Claim(action=LiveAction.PUBLISH, camera_id=camera, subject="a", address="192.0.2.1")
    first = ledger.take(front._worker_of(camera).number, claim)
    workers[1].is_alive = True
    refused = ledger.take(front._worker_of(camera).number, claim)
    ledger.leave(refused)
    assert front._worker_of(camera).number == 0
    ledger.leave(first)
    assert front._worker_of(camera).number == 1
    assert not ledger._publishers_of


def test_the_metrics_of_all_workers_come_with_their_number():
    text = '# HELP a_total Some.\n# TYPE a_total counter\na_total{x="1"} 2.0\n'
    families = {
        family.name: family
        for family in text_string_to_metric_families(merged({"0": text, "1": text}).decode())
    }
    samples = families["a"].samples
    assert [sample.labels for sample in samples] == [
        {"x": "1", "worker": "0"},
        {"x": "1", "worker": "1"},
    ]
    assert [sample.value for sample in samples] == [2.0, 2.0]
