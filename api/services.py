"""What every route may use, made once by `api.wiring.make_services`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, sessionmaker

from api.auth.passwords import Passwords
from api.events import EventHub
from api.fleet import Fleet
from api.hls_paths import HlsPaths
from api.knocks import Knocks
from api.settings import ApiSettings
from api.streamer_watch import StreamerWatch
from core.clock import Clock
from core.errors import BadInputError
from storage.export.job import ExportJobs
from storage.index.failures import named_failures
from storage.ingest import Ingest
from storage.objects.port import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one API process."""

    settings: ApiSettings
    clock: Clock
    engine: Engine
    sessions: sessionmaker[Session]
    store: ObjectStore
    ingest: Ingest
    live_key: Ed25519PrivateKey
    hls: HlsPaths
    passwords: Passwords
    fleet: Fleet
    events: EventHub
    streamer: StreamerWatch
    knocks: Knocks
    exports: ExportJobs

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end of the block, so before any answer leaves.

        Opened and closed by one thread within one call: a connection is never held while
        a request waits for a thread.
        """
        try:
            with named_failures(), self.sessions.begin() as session:
                yield session
        except DataError as error:
            # A NUL byte in a text, for one: engines differ in what they keep.
            raise BadInputError("a value is of a kind that cannot be stored") from error

    def close(self) -> None:
        """Give back the connections to index and object store; whoever has one keeps it."""
        self.store.close()
        self.engine.dispose()

    @property
    def now_utc(self) -> datetime:
        """The centre's time."""
        return self.clock.utc()


async def services_of(request: Request) -> Services:
    """The services of the app that answers."""
    services: Services = request.app.state.services
    return services


async def address_of(request: Request) -> str:
    """Where the caller is, as far as trusted proxies tell."""
    return request.client.host if request.client else ""


Use = Annotated[Services, Depends(services_of)]
CallerAddress = Annotated[str, Depends(address_of)]
