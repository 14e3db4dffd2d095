"""What runs beside the requests ends before what it uses."""

import asyncio
import threading

from sqlalchemy import text

from api.background import Background
from api.metrics import Metrics


async def test_a_look_at_the_fleet_that_has_begun_is_over_before_the_index_is_let_go(
    app, services, monkeypatch
):
    background = Background(services, Metrics())
    look, has_begun, may_end = background._watch.look, threading.Event(), threading.Event()
    found = []

    def slow_look():
        with services.transaction() as session:
            session.execute(text("SELECT 1"))
            has_begun.set()
            may_end.wait(timeout=20)
        found.append(look())
        return found[-1]

    monkeypatch.setattr(background._watch, "look", slow_look)
    async with background.lifespan(app):
        await asyncio.to_thread(has_begun.wait, 20)
        asyncio.get_running_loop().call_later(0.1, may_end.set)
    assert len(found) == 1


async def test_who_is_left_behind_leaves_no_connection_open(app, services):
    background = Background(services, Metrics())
    async with background.lifespan(app):
        late = services.engine.connect()
        late.execute(text("SELECT 1"))
    kept = late.connection.dbapi_connection
    late.close()
    assert is_closed(kept)
    with services.engine.connect() as later:
        kept = later.connection.dbapi_connection
    assert is_closed(kept)


def is_closed(connection) -> bool:
    try:
        connection.cursor().execute("SELECT 1")
    except Exception as error:  # noqa: BLE001 each driver has its own
        return "closed" in str(error)
    return False
