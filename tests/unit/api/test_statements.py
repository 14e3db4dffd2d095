"""How often the index is asked: a country's heartbeats are mostly that."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.fakes.agent import beat


@contextmanager
def statements_of(services) -> Iterator[list[str]]:
    """What is sent to the index during the block."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    event.listen(services.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(services.engine, "before_cursor_execute", note)


@pytest.fixture
def ask(client, station):
    """Posts to one of the agent's addresses."""
    return lambda path, **body: client.post(
        f"/api/v1/agent/{path}", json=body, headers=station.headers
    )


async def test_a_heartbeat_reads_twice_and_writes_once(client, services, station):
    await beat(client, station)
    with statements_of(services) as sent:
        assert (await beat(client, station)).is_success
    assert [statement.split()[0] for statement in sent] == ["SELECT", "UPDATE", "SELECT"]


async def test_many_entries_are_read_as_often_as_one(services, station, ask):
    journal = station.journal()
    run = journal.start()
    await ask("entries", lines=journal.lines)
    counts = []
    for number, lines in enumerate((1, 20)):
        new = [journal.segment(run, 20 * number + n) for n in range(lines)]
        with statements_of(services) as sent:
            answer = await ask("entries", lines=journal.lines[-len(new) :])
        assert answer.json()["heads"][0]["seq"] == len(journal.lines) - 1
        counts.append(sum(statement.startswith("SELECT") for statement in sent))
    assert counts == [4, 4]  # station, entries, run, segments


async def test_many_objects_are_granted_and_confirmed_with_as_many_statements_as_one(
    client, services, station, ask
):
    journal = station.journal()
    run = journal.start()
    for number in range(10):
        journal.segment(run, number)
    await ask("entries", lines=journal.lines)
    segments = [i for i in journal.objects if i != run.run_id]
    counts = []
    for ids in (segments[:1], segments[1:]):
        with statements_of(services) as sent:
            wanted = [journal.wanted(i).model_dump(mode="json") for i in ids]
            grants = (await ask("grants", objects=wanted)).json()["grants"]
        granted = len(sent)
        for grant, object_id in zip(grants, ids, strict=True):
            assert (
                await client.put(grant["url"], content=journal.objects[object_id][1])
            ).is_success
        with statements_of(services) as sent:
            answer = await ask("confirm", object_ids=[str(i) for i in ids])
        assert {c["state"] for c in answer.json()["confirmations"]} == {"stored"}
        counts.append((granted, len(sent)))
    assert counts == [(2, 3), (2, 3)]
