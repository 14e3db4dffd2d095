"""`/account`: who I am, my password, and my tokens for programs. Needs no script."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth.cookies import session_token
from api.auth.passwords import MIN_LENGTH
from api.auth.rights import Right
from api.own_account import MAX_TOKEN_DAYS, Owner, TokenOrder, TokenView, WrongPasswordError
from api.routes.session import UseOwner
from api.routes.tokens import TokenId
from api.web.own_account_forms import (
    USUAL_TOKEN_DAYS,
    Faults,
    PasswordFields,
    TokenFields,
    faults_of_password,
    read_token,
)
from api.web.own_account_rows import TOKEN_COLUMNS, end_words, token_row
from api.web.rendering import page, reader_of
from api.web.table_page import table_page
from api.web.tables import Table
from api.web.zones import COUNTRY_ZONE
from core.errors import NotFoundError
from core.ui.catalogue import Texts
from core.ui.words import region_word
from storage.registry.accounts import get_account

router = APIRouter(prefix="/account", include_in_schema=False)

_SEE_OTHER = 303


@router.get("")
def show_account(request: Request, owner: UseOwner) -> Response:
    """Who I am, what I may do, and my tokens."""
    texts, now_utc = reader_of(request, owner.account).texts, owner.services.now_utc
    with owner.services.transaction() as session:
        has_code = bool(get_account(session, owner.account.account_id).totp_secret)
    rows = tuple(token_row(view, now_utc, texts) for view in owner.tokens())
    values = {"has_code": has_code, **_reach(owner, texts)}
    table = Table(columns=TOKEN_COLUMNS, rows=rows)
    return table_page(request, owner.account, "own_account.html", table, values)


@router.get("/password")
def show_password_form(request: Request, owner: UseOwner) -> Response:
    """The form of another password."""
    return _password_page(request, owner, {})


@router.post("/password")
def take_password(
    request: Request, owner: UseOwner, fields: Annotated[PasswordFields, Form()]
) -> Response:
    """Change the password, or say beside each field what is wrong; none is ever sent back."""
    texts = reader_of(request, owner.account).texts
    if faults := faults_of_password(fields, texts):
        return _password_page(request, owner, faults)
    own_browser = session_token(request, owner.services.settings)
    try:
        owner.change_password(fields.old, fields.new, keep_token=own_browser)
    except WrongPasswordError:
        return _password_page(request, owner, {"old": texts("refusal.wrong_password")})
    return page(request, "own_password_changed.html", {}, owner.account)


@router.get("/tokens/new")
def show_token_form(request: Request, owner: UseOwner) -> Response:
    """The form of a new token."""
    return _token_page(request, owner, TokenFields(days=str(USUAL_TOKEN_DAYS)), {})


@router.post("/tokens/new")
def take_token(
    request: Request, owner: UseOwner, fields: Annotated[TokenFields, Form()]
) -> Response:
    """Make the token and show it this once, or say beside each field what is wrong."""
    texts = reader_of(request, owner.account).texts
    read = read_token(fields, {token.label for token in owner.tokens()}, texts)
    if not isinstance(read, TokenOrder):
        return _token_page(request, owner, fields, read)
    made = owner.make_token(read)
    values = {
        "made": made,
        "ends": end_words(made, owner.services.now_utc, texts),
        **_reach(owner, texts),
    }
    return page(request, "own_token_made.html", values, owner.account, status_code=201)


@router.get("/tokens/{token_id}/revoke")
def ask_whether_to_revoke(token_id: TokenId, request: Request, owner: UseOwner) -> Response:
    """One token, and the form that ends it."""
    token = _token_of(owner, token_id)
    texts = reader_of(request, owner.account).texts
    values = {
        "token": token,
        "ends": end_words(token, owner.services.now_utc, texts),
        "zone": COUNTRY_ZONE,
    }
    return page(request, "own_token_revoke.html", values, owner.account)


@router.post("/tokens/{token_id}/revoke")
def revoke(token_id: TokenId, owner: UseOwner) -> Response:
    """End it; one that is gone already is gone."""
    with suppress(NotFoundError):
        owner.take_back(token_id)
    return RedirectResponse("/account", _SEE_OTHER)


def _password_page(request: Request, owner: Owner, faults: Faults) -> Response:
    values = {"faults": faults, "min_length": MIN_LENGTH}
    status = 422 if faults else 200
    return page(request, "own_password.html", values, owner.account, status_code=status)


def _token_page(request: Request, owner: Owner, fields: TokenFields, faults: Faults) -> Response:
    texts = reader_of(request, owner.account).texts
    values = {
        "fields": fields,
        "faults": faults,
        "most_days": MAX_TOKEN_DAYS,
        **_reach(owner, texts),
    }
    status = 422 if faults else 200
    return page(request, "own_token_new.html", values, owner.account, status_code=status)


def _reach(owner: Owner, texts: Texts) -> dict[str, object]:
    """What the account, and so each of its tokens, may do, and where."""
    regions = ", ".join(region_word(texts, region) for region in owner.account.regions)
    return {
        "rights": [right for right in Right if owner.account.has(right)],
        "regions": regions or texts("wall.all_regions"),
    }


def _token_of(owner: Owner, token_id: str) -> TokenView:
    for token in owner.tokens():
        if token.id == token_id:
            return token
    raise NotFoundError("there is no such token")
