"""The API as it runs on the day: uvicorn on a real socket, on both kinds of stores."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher

from api.app import create_app
from api.auth.passwords import Passwords
from api.auth.rights import Role
from api.services import Services
from api.settings import ApiSettings
from storage.registry.accounts import NewAccount, create_account
from storage.registry.api_tokens import NewToken, create_token
from tests.fakes.station import FakeStation, register
from tests.waiting import PATIENCE_S, wait_until

NO_STREAMER = "http://127.0.0.1:9"
KEEP_ALIVE_S = 30
"""As the real one's: a connection is let go of by clients first, so none is used that closes."""
KINDS = ["disk+sqlite", "s3+postgresql"]
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> ApiSettings:
    if request.param == "disk+sqlite":
        request.getfixturevalue("new_sqlite_index")(tmp_path / "index.db")
        return ApiSettings(data_dir=tmp_path, streamer_report_url=NO_STREAMER)
    original = request.getfixturevalue("original_database")
    minio = request.getfixturevalue("minio_server")
    return ApiSettings(
        data_dir=tmp_path,
        streamer_report_url=NO_STREAMER,
        database_url=request.getfixturevalue("new_postgres_url")(original),
        objects="s3",
        s3_endpoint=minio.endpoint,
        s3_bucket=f"test-{uuid4()}",
        s3_access_key=minio.access_key,
        s3_secret_key=minio.secret_key,
    )


@dataclass(frozen=True, kw_only=True)
class RunningApi:
    url: str
    services: Services
    http: httpx.Client
    """Of nobody."""

    def client(self, role: Role, *regions: str) -> httpx.Client:
        """Acts by bearer token for a new account."""
        new = NewAccount(
            user=f"{role.value}-{uuid4().hex[:8]}",
            password_hash="none",
            role=role.value,
            regions=regions,
        )
        with self.services.transaction() as session:
            account = create_account(session, new, self.services.now_utc)
            order = NewToken(account_id=account.account_id, label="test")
            token, _ = create_token(session, order, self.services.now_utc)
        headers = {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S)

    def station(self, **changes: object) -> FakeStation:
        return register(self.services, **changes)


@pytest.fixture
def api(settings: ApiSettings) -> Iterator[RunningApi]:
    app = create_app(settings, passwords=PASSWORDS)
    config = uvicorn.Config(
        app,
        port=0,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    thread.start()
    services: Services = app.state.services
    try:
        wait_until(lambda: server.started, within_s=PATIENCE_S, what="the API answers")
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
            yield RunningApi(url=url, services=services, http=http)
    finally:
        services.events.close()
        server.should_exit = True
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive()


@pytest.fixture
def new_client(api: RunningApi) -> Iterator[Callable[..., httpx.Client]]:
    clients: list[httpx.Client] = []

    def make(role: Role, *regions: str) -> httpx.Client:
        clients.append(api.client(role, *regions))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
