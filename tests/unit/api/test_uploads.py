import pytest

from api.routes.objects import is_too_slow
from storage.index.registry_tables import IncidentRow


async def test_entries_grants_bytes_and_confirmation_go_the_whole_way(client, station):
    journal = station.journal()
    run = journal.start()
    segment = journal.segment(run, 0)
    sent = await client.post(
        "/api/v1/agent/entries", json={"lines": journal.lines}, headers=station.headers
    )
    assert sent.json()["heads"][0]["seq"] == 1
    wanted = [journal.wanted(i).model_dump(mode="json") for i in journal.objects]
    grants = await client.post(
        "/api/v1/agent/grants", json={"objects": wanted}, headers=station.headers
    )
    for grant in grants.json()["grants"]:
        [content] = [c for i, (_, c) in journal.objects.items() if str(i) == grant["object_id"]]
        put = await client.put(grant["url"], content=content)
        assert put.status_code == 204, put.text
    ids = [str(i) for i in journal.objects]
    confirmed = await client.post(
        "/api/v1/agent/confirm", json={"object_ids": ids}, headers=station.headers
    )
    states = {c["object_id"]: c["state"] for c in confirmed.json()["confirmations"]}
    assert states == {str(run.run_id): "stored", str(segment.segment_id): "stored"}


@pytest.fixture
async def granted(client, station) -> str:
    """Where an init of the bytes "the init" may be put."""
    journal = station.journal()
    journal.start(init=b"the init")
    await client.post(
        "/api/v1/agent/entries", json={"lines": journal.lines}, headers=station.headers
    )
    wanted = [journal.wanted(i).model_dump(mode="json") for i in journal.objects]
    grants = await client.post(
        "/api/v1/agent/grants", json={"objects": wanted}, headers=station.headers
    )
    return grants.json()["grants"][0]["url"]


async def test_damaged_bytes_are_refused_on_the_way(client, granted):
    url = granted
    assert (await client.put(url, content=b"THE INIT")).status_code == 422
    assert (await client.put(url, content=b"the")).status_code == 422
    assert (await client.put(url, content=b"the init")).status_code == 204


async def test_an_upload_that_hardly_moves_gives_up_its_place(client, clock, granted):
    async def drop_by_drop():
        for byte in b"the init":
            yield bytes([byte])
            clock.advance(20)

    answer = await client.put(granted, content=drop_by_drop())
    assert answer.status_code == 503
    assert (await client.put(granted, content=b"the init")).status_code == 204


@pytest.mark.parametrize(
    ("taken_bytes", "passed_s", "outcome"),
    [(0, 29, False), (1, 31, True), (31 * 1024, 31, False), (10**6, 3600, True)],
)
def test_the_poorest_link_has_its_time(taken_bytes, passed_s, outcome):
    assert is_too_slow(taken_bytes, passed_s) is outcome


async def test_a_fork_is_an_incident(client, services, station):
    journal = station.journal()
    journal.start()
    other = station.journal()
    other.epoch = journal.epoch
    other.start()
    for lines in (journal.lines, other.lines):
        reply = await client.post(
            "/api/v1/agent/entries", json={"lines": lines}, headers=station.headers
        )
        assert reply.status_code == 200
    assert reply.json()["refused"]
    with services.transaction() as session:
        assert [row.kind for row in session.query(IncidentRow)] == ["chain_fork"]
