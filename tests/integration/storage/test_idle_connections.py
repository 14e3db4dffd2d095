"""PostgreSQL closes its connections when it is started anew."""

import pytest
from sqlalchemy import text

from storage.index import engine as engine_module
from storage.index.engine import make_engine, make_sessions
from storage.index.failures import IndexUnavailableError, named_failures
from tests.fakes.clock import FakeClock
from tests.fakes.journal import MORNING


@pytest.fixture
def clock(monkeypatch) -> FakeClock:
    clock = FakeClock(MORNING)
    monkeypatch.setattr(engine_module, "_CLOCK", clock)
    return clock


@pytest.fixture
def ask(clock, new_postgres_url):
    """Asks the index something."""
    engine = make_engine(new_postgres_url())
    sessions = make_sessions(engine)

    def ask_once() -> int:
        with named_failures(), sessions() as session:
            return session.scalar(text("SELECT 1"))

    yield ask_once
    engine.dispose()


def close_all(server) -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid, 90000) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname LIKE 'test_%'"
    )


def test_who_asks_after_a_pause_does_not_notice(postgres_server, clock, ask):
    assert ask() == 1
    close_all(postgres_server)
    clock.advance(2)
    assert ask() == 1


def test_of_those_in_the_middle_one_is_told_to_try_again(postgres_server, ask):
    assert ask() == 1
    close_all(postgres_server)
    with pytest.raises(IndexUnavailableError):
        ask()
    assert ask() == 1


def test_what_is_in_use_when_all_ends_is_closed_when_it_comes_back(new_postgres_url):
    engine = make_engine(new_postgres_url())
    with engine.connect() as late:
        driver = late.connection.driver_connection
        engine.dispose()
        assert late.scalar(text("SELECT 1")) == 1
    assert driver.closed
    with engine.connect() as fresh:  # an engine may be used on
        assert not fresh.connection.driver_connection.closed
    engine.dispose()
