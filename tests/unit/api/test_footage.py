import hashlib
from datetime import timedelta

import pytest

from api.auth.rights import Role
from storage.index.footage_tables import SegmentRow
from storage.index.registry_tables import AccessRow
from storage.ingest import Caller
from tests.fakes.journal import MORNING


def iso(seconds: float) -> str:
    return (MORNING + timedelta(seconds=seconds)).isoformat()


def hand_over(services, station, journal) -> None:
    caller = Caller(device_id=station.device_id, station_id=station.station_id)
    services.ingest.accept_entries(caller, journal.lines)
    wanted = [journal.wanted(i) for i in journal.objects]
    for grant in services.ingest.grant(caller, wanted).grants:
        services.ingest.receive(grant.url.rpartition("/")[2], [journal.objects[grant.object_id][1]])
    services.ingest.confirm(caller, list(journal.objects))


@pytest.fixture
def recorded(services, station, clock):
    """Half a minute of camera 1, then a gap of five seconds; the clock stands a minute later."""
    journal = station.journal()
    run = journal.start()
    journal.segments = [journal.segment(run, n, content=b"%d" % n * 100) for n in range(3)]
    journal.gap(MORNING + timedelta(seconds=30), 5)
    hand_over(services, station, journal)
    clock.advance(60)
    return journal


@pytest.fixture
def camera(station, recorded) -> str:
    return f"/api/v1/cameras/{station.camera_ids[0]}"


def looks(services) -> list[AccessRow]:
    with services.transaction() as session:
        return session.query(AccessRow).order_by(AccessRow.access_id).all()


async def test_coverage_names_what_was_recorded_what_was_not_and_why(auditor, camera):
    answer = await auditor.get(f"{camera}/coverage", params={"start": iso(0), "end": iso(40)})
    found = answer.json()
    assert [(s["state"], s["cause"]) for s in found["spans"]] == [
        ("recorded", None),
        ("gap", "camera_unreachable"),
        ("unknown", None),
    ]
    assert found["spans"][0]["end"] == found["spans"][1]["start"]
    assert found["ratio"] == pytest.approx(30 / 40)


async def test_coverage_shows_no_picture_and_is_not_a_look(auditor, services, camera):
    await auditor.get(f"{camera}/coverage", params={"start": iso(0), "end": iso(40)})
    assert looks(services) == []


async def test_a_playlist_leads_to_the_original_bytes(auditor, camera, recorded):
    answer = await auditor.get(f"{camera}/playlist.m3u8", params={"start": iso(0), "end": iso(30)})
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    links = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert len(links) == 3
    first = await auditor.get(links[0])
    assert first.content == b"0" * 100
    [init] = [x for x in answer.text.splitlines() if x.startswith("#EXT-X-MAP")]
    assert (await auditor.get(init.split('"')[1])).content == b"init"


async def test_an_offset_whose_plus_came_as_a_space_is_understood(auditor, camera):
    query = "start=2026-11-24T14:00:00+06:00&end=2026-11-24T14:00:30+06:00"
    assert (await auditor.get(f"{camera}/playlist.m3u8?{query}")).status_code == 200


async def test_a_playlist_is_a_look_with_its_range(auditor, services, station, camera):
    await auditor.get(f"{camera}/playlist.m3u8", params={"start": iso(0), "end": iso(30)})
    [row] = looks(services)
    assert (row.action, row.camera_id, row.station_id) == (
        "playlist",
        station.camera_ids[0],
        station.station_id,
    )
    assert (row.start_utc, row.end_utc) == (MORNING, MORNING + timedelta(seconds=30))
    assert row.at_utc == services.now_utc


async def test_a_live_playlist_asked_for_again_and_again_is_one_look_a_minute(
    auditor, services, clock, camera
):
    for _ in range(10):
        answer = await auditor.get(f"{camera}/playlist.m3u8", params={"start": iso(0)})
        assert "EVENT" in answer.text
        clock.advance(7)
    assert len(looks(services)) == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"start": iso(10), "end": iso(10)}, 400),
        ({"start": iso(20), "end": iso(10)}, 400),
        ({"start": iso(0), "end": iso(32 * 86400)}, 400),
        ({"start": "2026-11-24T08:00:00", "end": iso(10)}, 422),
        ({"start": "yesterday", "end": iso(10)}, 422),
        ({"start": "0001-01-01T00:00:00+14:00", "end": iso(10)}, 422),
        ({"end": iso(10)}, 422),
        ({"start": iso(3600), "end": iso(3700)}, 404),
        ({"start": iso(7200)}, 400),
        ({"start": iso(-2 * 86400)}, 400),
    ],
)
async def test_a_range_that_cannot_be_played_gets_a_clear_error(auditor, camera, query, status):
    answer = await auditor.get(f"{camera}/playlist.m3u8", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert answer.json()["detail"]


@pytest.fixture
def segment(recorded) -> str:
    return f"/api/v1/segments/{recorded.segments[1].segment_id}.m4s"


async def test_a_segment_may_be_kept_by_the_browser_for_ever(auditor, segment):
    answer = await auditor.get(segment)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["etag"] == f'"{hashlib.sha256(b"1" * 100).hexdigest()}"'
    assert answer.headers["content-length"] == "100"
    again = await auditor.get(segment, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "size"),
    [
        ("bytes=0-9", 206, "bytes 0-9/100", 10),
        ("bytes=90-", 206, "bytes 90-99/100", 10),
        ("bytes=-1", 206, "bytes 99-99/100", 1),
        ("bytes=95-200", 206, "bytes 95-99/100", 5),
        ("bytes=100-", 416, "bytes */100", None),
        ("bytes=9-1", 200, None, 100),
        ("bytes=0-1,5-6", 200, None, 100),
        ("lines=0-1", 200, None, 100),
    ],
)
async def test_parts_are_given_as_the_standard_says(
    auditor, segment, asked, status, content_range, size
):
    answer = await auditor.get(segment, headers={"range": asked})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, content_range)
    if size is not None:
        assert len(answer.content) == size


async def test_a_part_of_another_version_is_not_given(auditor, segment):
    headers = {"range": "bytes=0-9", "if-range": '"other"'}
    assert (await auditor.get(segment, headers=headers)).status_code == 200


@pytest.mark.parametrize("state", ["announced", "lost", "expired", "withheld"])
async def test_a_segment_that_is_not_to_be_shown_says_why(
    auditor, services, recorded, segment, state
):
    with services.transaction() as session:
        session.get(SegmentRow, recorded.segments[1].segment_id).state = state
    answer = await auditor.get(segment)
    assert answer.status_code == 404
    assert state in answer.json()["detail"]


async def test_footage_of_other_regions_does_not_exist(people, recorded, camera, segment):
    stranger = people.client(Role.AUDITOR, "chuy")
    paths = (
        segment,
        f"/api/v1/runs/{recorded.segments[0].run_id}/init.mp4",
        f"{camera}/playlist.m3u8?start={MORNING.isoformat()}&end={iso(9)}",
        f"{camera}/coverage?start={MORNING.isoformat()}&end={iso(9)}",
    )
    for path in paths:
        answer = await stranger.get(path.replace("+", "%2B"))
        assert (answer.status_code, path) == (404, path)


async def test_strangers_are_not_told_what_became_of_a_segment(people, services, recorded, segment):
    with services.transaction() as session:
        session.get(SegmentRow, recorded.segments[1].segment_id).state = "withheld"
    answer = await people.client(Role.AUDITOR, "chuy").get(segment)
    assert answer.status_code == 404
    assert "withheld" not in answer.text


async def test_footage_of_a_station_out_of_use_can_still_be_played(admin, auditor, station, camera):
    await admin.patch(f"/api/v1/stations/{station.station_id}", json={"is_active": False})
    query = {"start": iso(0), "end": iso(30)}
    assert (await auditor.get(f"{camera}/playlist.m3u8", params=query)).status_code == 200
