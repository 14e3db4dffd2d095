"""All pages of the centre, put on an application."""

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from api.web import (
    access_page,
    admin_pages,
    archive_page,
    components_page,
    exports_page,
    holds_page,
    incidents_page,
    own_account_page,
    sign_in_page,
    station_pages,
    wall_page,
)
from api.web.rendering import WEB_STATIC_DIR, WEB_STATIC_URL
from core.ui.rendering import STATIC_DIR, STATIC_URL

ROUTERS: tuple[APIRouter, ...] = (
    sign_in_page.router,
    wall_page.router,
    station_pages.router,
    archive_page.router,
    exports_page.router,
    holds_page.router,
    incidents_page.router,
    access_page.router,
    admin_pages.router,
    own_account_page.router,
    components_page.router,
)


def install_pages(app: FastAPI) -> None:
    """Add the pages and the files they load. Errors become pages by `api.web.errors.error_page`."""
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.mount(STATIC_URL, StaticFiles(directory=STATIC_DIR), name="ui")
    app.mount(WEB_STATIC_URL, StaticFiles(directory=WEB_STATIC_DIR), name="web")
