"""Puts the control API together."""

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.auth.passwords import Passwords
from api.background import Background
from api.body_limit import BodyLimit
from api.frame import RequestFrame
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
from api.settings import ApiSettings
from api.web.errors import error_page
from api.web.pages import install_pages
from api.wiring import make_services
from core.clock import Clock, SystemClock

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
    _surround(app, settings, metrics, clock)
    # Not `include_router`: it would make every route once more, some 100 ms for each app.
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    install_pages(app)
    return app


def _surround(app: FastAPI, settings: ApiSettings, metrics: Metrics, clock: Clock) -> None:
    """What every request goes through; the last one added is the outermost."""
    answer = install_problems(app, error_page)
    app.add_middleware(BodyLimit, answer=answer)
    app.add_middleware(LastResort, answer=answer)
    app.add_middleware(RequestFrame, settings=settings, metrics=metrics, clock=clock)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
