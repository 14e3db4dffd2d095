"""Live HLS: a path is the right to one camera's present, and caches are told what they may do."""

from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest

from api.auth.rights import Role
from api.hls_paths import WINDOW, HlsForbiddenError, HlsPaths
from storage.index.registry_tables import StationRow
from tests.fakes.hls import read_playlist
from tests.fakes.journal import MORNING
from tests.unit.api.test_footage import hand_over

PATHS = HlsPaths(b"a secret of tests")


def parts_of(path):
    _, _, camera_id, begin, signature, _ = path.split("/")
    return camera_id, begin, signature


@pytest.fixture
def recorded(services, station, clock):
    """Two minutes of camera 1, up to a few seconds ago."""
    journal = station.journal()
    run = journal.start(start_utc=services.now_utc)
    journal.segments = [journal.segment(run, n, content=b"%d" % n * 100) for n in range(12)]
    hand_over(services, station, journal)
    clock.advance(125)
    return journal


@pytest.fixture
async def playlist_url(operator, station, recorded):
    """As the ticket of somebody who may watch names it."""
    ticket = (await operator.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")).json()
    return urlsplit(ticket["hls_url"]).path


async def test_whoever_may_watch_is_given_a_path_that_needs_nothing_else(
    operator, client, playlist_url
):
    answer = await client.get(playlist_url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert answer.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=4"
    assert answer.headers["access-control-allow-origin"] == "*"
    playlist = read_playlist(answer.text)
    assert (playlist.kind, playlist.first_number, len(playlist.parts)) == ("live", 6, 6)
    for name in (playlist.parts[0].uri, playlist.parts[0].map_uri):
        found = await client.get(urljoin(playlist_url, name))
        assert found.status_code == 200
        assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert found.headers["access-control-allow-origin"] == "*"
        assert found.headers["cross-origin-resource-policy"] == "cross-origin"
    assert found.content == b"init"


async def test_all_viewers_of_a_camera_share_one_path(people, station, recorded):
    urls = set()
    for role in (Role.ADMIN, Role.OPERATOR, Role.OPERATOR):
        ticket = await people.client(role).get(f"/api/v1/cameras/{station.camera_ids[0]}/live")
        urls.add(ticket.json()["hls_url"])
    assert len(urls) == 1


async def test_a_path_is_good_for_half_an_hour_at_least_and_an_hour_at_most(
    client, clock, playlist_url
):
    clock.advance(WINDOW.total_seconds() - 1)
    assert (await client.get(playlist_url)).status_code == 200
    clock.advance(WINDOW.total_seconds() + 1)
    answer = await client.get(playlist_url)
    assert answer.status_code == 403
    assert answer.headers["cache-control"] == "no-store"


async def test_a_path_shows_no_other_camera_and_nothing_of_before(
    client, services, station, clock, playlist_url
):
    other, old = station.journal(1), station.journal()
    run = other.start(start_utc=services.now_utc)
    foreign = other.segment(run, 0)
    past = old.start(start_utc=services.now_utc - timedelta(hours=2))
    before = old.segment(past, 0)
    hand_over(services, station, other)
    hand_over(services, station, old)
    for name in (f"{foreign.segment_id}.m4s", f"{run.run_id}.mp4", f"{before.segment_id}.m4s"):
        answer = await client.get(urljoin(playlist_url, name))
        assert (answer.status_code, name) == (404, name)


@pytest.mark.parametrize(
    "change",
    [
        lambda c, b, s: (c, b, s[:-1] + ("A" if s[-1] != "A" else "B")),
        lambda c, b, s: (c, str(int(b) + 1800), s),
        lambda c, b, s: (c[:-1] + ("0" if c[-1] != "0" else "1"), b, s),
        lambda c, b, s: (c, "9" * 400, s),
        lambda c, b, s: (c, "-1", s),
        lambda c, b, s: (c, "²", s),
        lambda c, b, s: (c, b, "é"),
    ],
)
async def test_a_path_that_was_changed_opens_nothing(client, playlist_url, change):
    camera_id, begin, signature = change(*parts_of(playlist_url))
    answer = await client.get(f"/hls/{camera_id}/{begin}/{signature}/live.m3u8")
    assert (answer.status_code, answer.headers["cache-control"]) == (403, "no-store")


@pytest.mark.parametrize("change", [{"live": "never"}, {"mode": "recording_only"}])
async def test_a_station_that_is_broadcast_no_more_ends_its_paths(
    client, services, station, playlist_url, change
):
    with services.transaction() as session:
        row = session.get(StationRow, station.station_id)
        for name, value in change.items():
            setattr(row, name, value)
    assert (await client.get(playlist_url)).status_code == 404


async def test_those_who_wait_for_a_first_segment_are_answered_by_the_cache(
    operator, client, station
):
    ticket = (await operator.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")).json()
    answer = await client.get(urlsplit(ticket["hls_url"]).path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"].startswith("public, max-age=1,")


async def test_the_auditor_who_may_not_watch_live_gets_no_path(auditor, station):
    answer = await auditor.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")
    assert answer.status_code == 403


def test_a_secret_of_another_api_opens_nothing(station):
    camera_id = station.camera_ids[0]
    path, _ = HlsPaths(b"another secret").path_of(camera_id, MORNING)
    _, begin, signature = parts_of(path)
    with pytest.raises(HlsForbiddenError):
        PATHS.check(camera_id, begin, signature, MORNING)
