"""Puts the control API together."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy.orm import Session
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.auth.passwords import Passwords
from api.background import Background
from api.body_limit import BodyLimit
from api.events import EventHub
from api.fleet import Fleet
from api.frame import RequestFrame
from api.hls_paths import HlsPaths
from api.knocks import Knocks
from api.last_resort import LastResort
from api.metrics import Metrics
from api.problems import install_problems
from api.routes import (
    access,
    accounts,
    agent,
    devices,
    events,
    exports,
    footage,
    hls,
    holds,
    incidents,
    objects,
    pictures,
    session,
    stations,
    status,
    system,
    tokens,
)
from api.services import Services
from api.settings import ApiSettings
from api.signing_key import load_grant_key, load_live_key
from api.store import make_store
from api.streamer_watch import StreamerAddress, StreamerWatch
from api.web.errors import error_page
from api.web.pages import install_pages
from core.clock import Clock, SystemClock
from storage.export.job import ExportJobs
from storage.identity import bind_archive
from storage.index.engine import make_engine, make_sessions
from storage.index.failures import named_failures
from storage.index.schema import upgrade
from storage.ingest import Ingest
from storage.registry.incidents import Occurrence, Place, report_occurrence

ROUTERS = (
    system.router,
    session.router,
    status.router,
    stations.router,
    devices.router,
    accounts.router,
    tokens.router,
    pictures.router,
    footage.router,
    hls.router,
    exports.router,
    holds.router,
    incidents.router,
    access.router,
    events.router,
    agent.router,
    objects.router,
)


def create_app(
    settings: ApiSettings,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
) -> FastAPI:
    """Make the application; the index is brought to this version's schema.

    Args:
        settings: From `load_settings`.
        clock: The centre's time; the machine's own by default.
        passwords: How they are hashed; by default as argon2's authors advise.

    Raises:
        SettingsError: A part is configured in a way that cannot work.
        UnavailableError: Index or object store do not answer.
    """
    clock = clock or SystemClock()
    services = make_services(settings, clock, passwords)
    metrics = Metrics()
    background = Background(services, metrics)
    app = FastAPI(
        title="pollcam control API",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,  # its pages load scripts from another host
        redoc_url=None,
        lifespan=background.lifespan,
    )
    app.state.services, app.state.metrics = services, metrics
    # The last one added is the outermost.
    answer = install_problems(app, error_page)
    app.add_middleware(BodyLimit, answer=answer)
    app.add_middleware(LastResort, answer=answer)
    app.add_middleware(RequestFrame, settings=settings, metrics=metrics, clock=clock)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    # Not `include_router`: it would make every route once more, some 100 ms for each app.
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    install_pages(app)
    return app


def make_services(
    settings: ApiSettings, clock: Clock, passwords: Passwords | None = None
) -> Services:
    """The parts of one process."""
    engine = make_engine(settings.index_url)
    with named_failures():
        upgrade(engine)
    sessions = make_sessions(engine)
    store = make_store(settings, clock)
    exports_folder = settings.data_dir / "exports"
    exports_folder.mkdir(mode=0o700, exist_ok=True)
    bind_archive(sessions, store, clock)
    keys = settings.data_dir / "keys"
    live_key = load_live_key(keys)
    return Services(
        settings=settings,
        clock=clock,
        engine=engine,
        sessions=sessions,
        store=store,
        ingest=Ingest(
            sessions=sessions,
            store=store,
            clock=clock,
            grant_key=load_grant_key(keys),
            report_incident=IngestReports(clock),
        ),
        live_key=live_key,
        hls=HlsPaths(live_key.private_bytes_raw()),
        passwords=passwords or Passwords(),
        fleet=Fleet(),
        events=EventHub(),
        streamer=StreamerWatch(streamer_address(settings, live_key), clock),
        knocks=Knocks(),
        exports=ExportJobs(sessions, store, clock, exports_folder),
    )


def streamer_address(settings: ApiSettings, key: Ed25519PrivateKey) -> StreamerAddress:
    """Where this process asks the streamer who watches."""
    return StreamerAddress(url=settings.streamer_report_url or settings.streamer_url, key=key)


class IngestReports:
    """Turns what ingest finds into incidents; fits `storage.ingest.ReportIncident`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self,
        session: Session,
        *,
        kind: str,
        station_id: UUID,
        camera_id: UUID,
        device_id: UUID,
        detail: str,
    ) -> None:
        """See the protocol."""
        what = Occurrence(
            kind=kind,
            place=Place(station_id=station_id, camera_id=camera_id),
            device_id=device_id,
            detail=detail,
        )
        report_occurrence(session, what, self._clock.utc())
