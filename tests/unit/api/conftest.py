"""A whole API on SQLite and disk, with time as data and without its background work."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from api.app import create_app
from api.auth.passwords import Passwords
from api.auth.rights import Role
from api.services import Services
from api.settings import ApiSettings
from storage.index.registry_tables import AccountRow
from storage.registry.accounts import NewAccount, create_account
from storage.registry.api_tokens import NewToken, create_token
from tests.fakes.clock import FakeClock
from tests.fakes.station import FakeStation, register

PASSWORD = "correct horse battery"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = _CHEAP.hash(PASSWORD)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs an index on each kind that was asked for."""
    if "index_url" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--index")
        kinds = ["sqlite", "postgresql"] if asked == "both" else [asked]
        metafunc.parametrize("index_url", kinds, indirect=True)


@pytest.fixture
def index_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where this test's index is; empty for the file that the API uses unasked."""
    if request.param == "sqlite":
        request.getfixturevalue("new_sqlite_index")(tmp_path / "index.db")
        return ""
    return request.getfixturevalue("lent_postgres_url")


@pytest.fixture
def new_settings(tmp_path: Path, index_url: str) -> Callable[..., ApiSettings]:
    usual = {"data_dir": tmp_path, "database_url": index_url}
    return lambda **changes: ApiSettings(**{**usual, **changes})


@pytest.fixture
def settings(new_settings) -> ApiSettings:
    return new_settings()


@pytest.fixture
def app(settings: ApiSettings, clock: FakeClock) -> Iterator[FastAPI]:
    app = create_app(settings, clock, passwords=Passwords(_CHEAP))
    yield app
    app.state.services.close()


@pytest.fixture
def services(app: FastAPI) -> Services:
    return app.state.services


@pytest.fixture
async def client(app: FastAPI, services) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody: no cookie, no token."""
    async with new_client(app) as client:
        yield client


def new_client(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://pollcam.test",
        headers=headers,
    )


@dataclass(kw_only=True)
class People:
    """Makes accounts and clients that act for them."""

    app: FastAPI
    services: Services
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def account(self, role: Role = Role.ADMIN, *regions: str, user: str = "") -> AccountRow:
        new = NewAccount(
            user=user or f"{role.value}-{uuid4().hex[:8]}",
            password_hash=PASSWORD_HASH,
            role=role.value,
            regions=regions,
        )
        with self.services.transaction() as session:
            return create_account(session, new, self.services.now_utc)

    def token(self, account_id: UUID) -> str:
        with self.services.transaction() as session:
            new = NewToken(account_id=account_id, label="test")
            return create_token(session, new, self.services.now_utc)[0]

    def client(self, role: Role = Role.ADMIN, *regions: str) -> httpx.AsyncClient:
        """Acts by bearer token for a new account."""
        token = self.token(self.account(role, *regions).account_id)
        self.clients.append(new_client(self.app, authorization=f"Bearer {token}"))
        return self.clients[-1]


@pytest.fixture
async def people(app: FastAPI, services: Services) -> AsyncIterator[People]:
    people = People(app=app, services=services)
    yield people
    for client in people.clients:
        await client.aclose()


@pytest.fixture
def admin(people: People) -> httpx.AsyncClient:
    return people.client(Role.ADMIN)


@pytest.fixture
def operator(people: People) -> httpx.AsyncClient:
    return people.client(Role.OPERATOR)


@pytest.fixture
def auditor(people: People) -> httpx.AsyncClient:
    return people.client(Role.AUDITOR)


@pytest.fixture
def new_station(services: Services) -> Callable[..., FakeStation]:
    return lambda **changes: register(services, **changes)


@pytest.fixture
def station(new_station) -> FakeStation:
    return new_station()
