"""A real control API in this process, on a port of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app
from api.auth.rights import Role
from api.services import Services
from api.settings import ApiSettings
from storage.registry.accounts import NewAccount, create_account
from tests.waiting import PATIENCE_S, wait_until

PASSWORD = "a long password of tests"


class SentBytes:
    """Counts the bytes of all answers on their way to the network."""

    def __init__(self, app: ASGIApp) -> None:
        self.count = 0
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            self.count += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


@dataclass(frozen=True, kw_only=True)
class ControlApi:
    """An API that answers."""

    app: FastAPI
    sent: SentBytes
    port: int

    @property
    def services(self) -> Services:
        return self.app.state.services

    def add_account(self, role: Role, *regions: str) -> str:
        """An account with `PASSWORD`; its name."""
        services = self.services
        new = NewAccount(
            user=f"{role}-{uuid4().hex[:8]}",
            password_hash=services.passwords.make(PASSWORD),
            role=role.value,
            regions=regions,
        )
        with services.transaction() as session:
            create_account(session, new, services.now_utc)
        return new.user


@contextmanager
def running_api(data_dir: Path, *, port: int = 0, **settings: object) -> Iterator[ControlApi]:
    """Serve for the time of the block, on disk and SQLite unless the settings say otherwise."""
    app = create_app(ApiSettings(data_dir=data_dir, **settings))
    sent = SentBytes(app)
    config = uvicorn.Config(
        sent,
        host="127.0.0.1",
        port=port,
        log_config=None,
        proxy_headers=False,
        # As the real one's: stations may be waiting for a knock, and clients let go first.
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, name="api")
    thread.start()
    try:
        wait_until(lambda: server.started, within_s=PATIENCE_S, what="the API listens")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield ControlApi(app=app, sent=sent, port=port)
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive(), "the API does not end"
