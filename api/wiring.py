"""Puts the parts of one process together: for the API, and for commands that act on its data."""

from contextlib import ExitStack
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.auth.passwords import Passwords
from api.events import EventHub
from api.fleet import Fleet
from api.hls_paths import HlsPaths
from api.knocks import Knocks
from api.services import Services
from api.settings import ApiSettings
from api.signing_key import load_grant_key, load_live_key
from api.store import make_store
from api.streamer_watch import StreamerAddress, StreamerWatch
from core.clock import Clock
from storage.export.job import ExportJobs
from storage.identity import bind_archive
from storage.index.engine import make_engine, make_sessions
from storage.index.failures import named_failures
from storage.index.schema import upgrade
from storage.ingest import Ingest
from storage.objects.port import ObjectStore
from storage.registry.incidents import Occurrence, Place, report_occurrence


def make_services(
    settings: ApiSettings, clock: Clock, passwords: Passwords | None = None
) -> Services:
    """The parts of one process, to be closed by `Services.close`.

    The index is brought to this version's schema. Where one part cannot be had, those that were
    opened before it are closed.

    Raises:
        SettingsError: A part is configured in a way that cannot work.
        UnavailableError: Index or object store do not answer.
    """
    with ExitStack() as opened:
        engine = make_engine(settings.index_url)
        opened.callback(engine.dispose)
        with named_failures():
            upgrade(engine)
        store = make_store(settings, clock)
        opened.callback(store.close)
        services = _services(settings, clock, engine, store, passwords or Passwords())
        opened.pop_all()  # from here on they are the services' own
    return services


def _services(
    settings: ApiSettings, clock: Clock, engine: Engine, store: ObjectStore, passwords: Passwords
) -> Services:
    sessions = make_sessions(engine)
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
        passwords=passwords,
        fleet=Fleet(),
        events=EventHub(),
        streamer=StreamerWatch(_streamer_address(settings, live_key), clock),
        knocks=Knocks(),
        exports=ExportJobs(sessions, store, clock, exports_folder),
    )


def _streamer_address(settings: ApiSettings, key: Ed25519PrivateKey) -> StreamerAddress:
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
