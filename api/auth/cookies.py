"""The cookie that carries a browser's session."""

from datetime import timedelta

from fastapi import Request
from fastapi.responses import Response

from api.settings import ApiSettings


def cookie_name(settings: ApiSettings) -> str:
    """Its name; with https the prefix makes browsers refuse one set by another host."""
    return "__Host-pollcam" if settings.is_https else "pollcam"


def session_token(request: Request, settings: ApiSettings) -> str:
    """The token the browser sent, or nothing."""
    return request.cookies.get(cookie_name(settings), "")


def set_session_cookie(response: Response, settings: ApiSettings, token: str) -> None:
    """Give the browser its token, out of reach of scripts and of other sites' posts."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_lifetime // timedelta(seconds=1),
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )


def drop_session_cookie(response: Response, settings: ApiSettings) -> None:
    """Make the browser forget it."""
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )
