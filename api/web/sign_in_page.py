"""`/`, `/sign-in` and `/sign-out`: the door. Works without any script."""

import math
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth.account import Account
from api.auth.cookies import drop_session_cookie, session_token, set_session_cookie
from api.auth.current import anybody, find_current_account, require
from api.auth.rights import Right
from api.auth.sign_in import Credentials, sign_in
from api.services import CallerAddress, Use
from api.web.navigation import home_of
from api.web.rendering import page
from core.errors import ExhaustedError, UnauthenticatedError
from storage.registry.sessions import close_session

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303


@router.get("/", dependencies=[Depends(anybody)])
def go_home(request: Request, services: Use) -> Response:
    """Send everybody where they work."""
    account = find_current_account(request, services)
    return RedirectResponse(home_of(account) if account else "/sign-in", _SEE_OTHER)


@router.get("/sign-in", dependencies=[Depends(anybody)])
def show_sign_in(request: Request, services: Use, next: str = "") -> Response:  # noqa: A002 the name in the address
    """The form; who is signed in already goes where they work."""
    account = find_current_account(request, services)
    if account is not None:
        return RedirectResponse(safe_target(next) or home_of(account), _SEE_OTHER)
    values = {"problem": "", "wait_s": 0, "user": "", "next": safe_target(next)}
    return page(request, "sign_in.html", values)


@router.post("/sign-in", dependencies=[Depends(anybody)])
def take_sign_in(
    request: Request,
    services: Use,
    address: CallerAddress,
    user: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=1024)] = "",
    code: Annotated[str, Form(max_length=16)] = "",
    next: Annotated[str, Form(max_length=2048)] = "",  # noqa: A002 the name of the field
) -> Response:
    """Open a session, or say that it did not work, never why."""
    given = Credentials(user=user, password=password, code=code, address=address)
    target = safe_target(next)
    try:
        account, opened = sign_in(services, given)
    except UnauthenticatedError:
        return _again(request, "wrong", user, target, 401)
    except ExhaustedError as error:
        return _again(request, "too_many", user, target, 429, math.ceil(error.retry_after_s))
    response = RedirectResponse(target or home_of(account), _SEE_OTHER)
    set_session_cookie(response, services.settings, opened.token)
    return response


@router.post("/sign-out")
def sign_out(
    request: Request,
    services: Use,
    _account: Annotated[Account, Depends(require(Right.OWN_ACCOUNT))],
) -> Response:
    """End this browser's session."""
    with services.transaction() as session:
        close_session(session, session_token(request, services.settings))
    response = RedirectResponse("/sign-in", _SEE_OTHER)
    drop_session_cookie(response, services.settings)
    return response


def safe_target(wanted: str) -> str:
    """The path to go on to if it is one of this site; empty otherwise."""
    parts = urlsplit(wanted)
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_own and not parts.scheme and not parts.netloc else ""


def _again(
    request: Request, problem: str, user: str, target: str, status: int, wait_s: int = 0
) -> Response:
    values = {"problem": problem, "wait_s": wait_s, "user": user, "next": target}
    return page(request, "sign_in.html", values, status_code=status)
