from datetime import timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

import pytest

from api.auth.rights import Role
from core.errors import ForbiddenError
from core.live_token import LiveAction, check_live_token
from core.station import LiveMode, StationMode
from storage.index.registry_tables import AccessRow
from storage.registry.stills import keep_still
from tests.fakes.station import JPEG


@pytest.fixture
def snapshot(station) -> str:
    return f"/api/v1/cameras/{station.camera_ids[0]}/snapshot.jpg"


@pytest.fixture
def still(services, station):
    with services.transaction() as session:
        taken_utc = services.now_utc - timedelta(seconds=3)
        keep_still(session, station.camera_ids[0], taken_utc, JPEG)
    return taken_utc


def looks(services, action: str) -> int:
    with services.transaction() as session:
        return session.query(AccessRow).filter_by(action=action).count()


async def test_a_still_says_how_old_it_is(operator, clock, snapshot, still):
    clock.advance(4)
    answer = await operator.get(snapshot)
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["x-still-age-s"] == "7.0"
    shown = parsedate_to_datetime(answer.headers["last-modified"])
    assert shown == still.replace(microsecond=0)


async def test_a_still_the_browser_has_is_not_sent_again_but_its_age_is(
    operator, clock, snapshot, still
):
    etag = (await operator.get(snapshot)).headers["etag"]
    clock.advance(10)
    again = await operator.get(snapshot, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-still-age-s"] == "13.0"


async def test_no_still_is_a_problem_and_no_placeholder(operator, snapshot):
    answer = await operator.get(snapshot)
    assert (answer.status_code, answer.json()["kind"]) == (404, "not_found")


async def test_looks_at_stills_are_one_row_a_minute_for_each_account(
    operator, admin, services, clock, snapshot, still
):
    for _ in range(12):
        await operator.get(snapshot)
        clock.advance(5)
    assert looks(services, "snapshot") == 1
    await operator.get(snapshot)
    await admin.get(snapshot)
    assert looks(services, "snapshot") == 3


async def test_a_look_is_committed_before_anything_is_shown(
    operator, services, snapshot, still, monkeypatch
):
    from api.routes import pictures

    found = []
    made = pictures.Response
    monkeypatch.setattr(
        pictures,
        "Response",
        lambda *a, **k: found.append(looks(services, "snapshot")) or made(*a, **k),
    )
    await operator.get(snapshot)
    assert found == [1]


async def test_when_the_look_cannot_be_written_down_nothing_is_shown(
    operator, services, snapshot, still
):
    from sqlalchemy import text

    with services.engine.begin() as connection:
        connection.execute(text("DROP TABLE access_log"))
    answer = await operator.get(snapshot)
    assert answer.is_server_error
    assert JPEG not in answer.content


async def test_a_live_ticket_opens_exactly_one_camera_for_viewing(
    operator, services, clock, station
):
    camera_id, other_id = station.camera_ids
    ticket = (await operator.get(f"/api/v1/cameras/{camera_id}/live")).json()
    assert ticket["whep_url"] == f"http://127.0.0.1:8081/whep/{camera_id}"
    key = services.live_key.public_key()
    check_live_token(ticket["token"], key, camera_id, LiveAction.VIEW, clock.utc())
    for wrong in ((other_id, LiveAction.VIEW), (camera_id, LiveAction.PUBLISH)):
        with pytest.raises(ForbiddenError):
            check_live_token(ticket["token"], key, *wrong, clock.utc())


async def test_every_live_ticket_is_a_look(operator, services, station):
    for _ in range(3):
        await operator.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")
    assert looks(services, "live") == 3


@pytest.mark.parametrize(
    ("mode", "live", "status"),
    [
        (StationMode.ONLINE, LiveMode.ALWAYS, 200),
        (StationMode.ONLINE, LiveMode.ON_DEMAND, 200),
        (StationMode.ONLINE, LiveMode.NEVER, 409),
        (StationMode.RECORDING_ONLY, LiveMode.ALWAYS, 409),
    ],
)
async def test_only_stations_that_broadcast_give_tickets(
    operator, services, new_station, mode, live, status
):
    station = new_station(mode=mode, live=live)
    answer = await operator.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")
    assert answer.status_code == status
    assert looks(services, "live") == (status == 200)


async def test_cameras_of_other_regions_and_of_nobody_do_not_exist(people, station, snapshot):
    stranger = people.client(Role.OPERATOR, "chuy")
    assert (await stranger.get(snapshot)).status_code == 404
    live = f"/api/v1/cameras/{station.camera_ids[0]}/live"
    assert (await stranger.get(live)).status_code == 404
    assert (await stranger.get(f"/api/v1/cameras/{uuid4()}/live")).status_code == 404
    assert (await stranger.get("/api/v1/cameras/1/live")).status_code == 422


async def test_the_key_for_live_tokens_is_public(client, services):
    from api.signing_key import public_text

    answer = await client.get("/api/v1/live-key")
    assert answer.json()["public_key"] == public_text(services.live_key)
