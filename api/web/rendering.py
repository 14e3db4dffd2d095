"""One way to make a page of the centre: language, theme, navigation and who reads it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from api.auth.account import Account
from api.web.navigation import links_for
from core.health import Reason, Status
from core.ui.catalogue import Texts, texts_in
from core.ui.languages import (
    LANGUAGE_COOKIE,
    LANGUAGE_COOKIE_MAX_AGE_S,
    Language,
    choose_language,
)
from core.ui.rendering import make_environment
from core.ui.words import (
    Tone,
    cause_word,
    incident_word,
    reason_word,
    region_word,
    role_word,
    tone_of,
)

T = TypeVar("T")

WEB_STATIC_DIR = Path(__file__).parent / "static"
WEB_STATIC_URL = "/static/web"
FORM_WORDS = ("problem.", "refusal.", "fault.")
"""Of the texts that `js/forms.js` needs, wherever a form speaks to the API."""
THEME_COOKIE = "pollcam_theme"
THEMES = ("light", "dark")
_OF_THE_CONTROL_ROOM = ("operator", "observer")
"""Roles whose pages are dark unless they ask otherwise: large screens, ten hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a page and how they want it."""

    account: Account | None
    language: Language
    theme: str
    """`light`, `dark` or empty: as the system of the reader has it."""

    @property
    def texts(self) -> Texts:
        """All texts in the reader's language."""
        return texts_in(self.language)


def reader_of(request: Request, account: Account | None = None) -> Reader:
    """What the address, the cookies, the account and the browser say, in this order."""
    asked, cookies = request.query_params, request.cookies
    language = choose_language(
        asked.get("lang"),
        cookies.get(LANGUAGE_COOKIE),
        account.language if account else None,
        accept_language=request.headers.get("accept-language", ""),
    )
    theme = asked.get("theme") or cookies.get(THEME_COOKIE) or _usual_theme(account)
    return Reader(account=account, language=language, theme=theme if theme in THEMES else "")


def page(
    request: Request,
    template: str,
    values: Mapping[str, object],
    account: Account | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    """Render a template for whoever asks.

    Args:
        request: Carries the wishes for language and theme.
        template: A file of `templates/`.
        values: What the template needs beside the frame.
        account: Who is signed in; None: nobody.
        status_code: Of the answer.
    """
    reader = reader_of(request, account)
    return answered(request, rendered(request, template, values, reader), reader, status_code)


def rendered(request: Request, template: str, values: Mapping[str, object], reader: Reader) -> str:
    """The text of a page or of a part of one."""
    return environment().get_template(template).render({**frame_of(request, reader), **values})


def answered(
    request: Request, html: str | bytes, reader: Reader, status_code: int = 200
) -> HTMLResponse:
    """What was rendered, as the answer to whoever asks."""
    response = HTMLResponse(html, status_code, headers={"cache-control": "no-store"})
    _remember_wishes(request, response, reader)
    return response


def frame_of(request: Request, reader: Reader) -> dict[str, object]:
    """What every template of the centre may use."""
    t = reader.texts
    query = {k: v for k, v in request.query_params.items() if k not in ("lang", "theme")}
    return {
        "t": t,
        "language": reader.language,
        "theme": reader.theme,
        "account": reader.account,
        "links": links_for(reader.account, request.url.path),
        "path": request.url.path,
        "query": query,
        "region_word": _bound(region_word, t),
        "reason_word": _bound(_reason_word, t),
        "cause_word": _bound(cause_word, t),
        "incident_word": _bound(incident_word, t),
        "role_word": _bound(role_word, t),
    }


@cache
def environment() -> Environment:
    """The templates of the centre and, behind them, those it shares with the agent."""
    made = make_environment(PackageLoader("api.web", "templates"))
    made.globals.update(web=WEB_STATIC_URL, as_data=as_data, tone_of=tone_of_word)
    made.filters["region_name"] = lambda region, t: region_word(t, region)
    return made


def as_data(value: object) -> Markup:
    """JSON for a data block of a page: a script reads it, nothing executes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # The only way out of a data block is its end tag; JSON may write these as escapes.
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 escaped above, for the one place it is used in


def _bound(word: Callable[[Texts, T], str], t: Texts) -> Callable[[T], str]:
    return lambda value: word(t, value)


def tone_of_word(status: str) -> Tone:
    """The looks of a status, by the status or its word."""
    return tone_of(Status(status))


def _reason_word(t: Texts, reason: str) -> str:
    return reason_word(t, Reason(reason))


def _usual_theme(account: Account | None) -> str:
    return "dark" if account and account.role.value in _OF_THE_CONTROL_ROOM else ""


def _remember_wishes(request: Request, response: HTMLResponse, reader: Reader) -> None:
    wishes = {
        "lang": (LANGUAGE_COOKIE, reader.language.value),
        "theme": (THEME_COOKIE, reader.theme),
    }
    for asked, (cookie, value) in wishes.items():
        if asked in request.query_params:
            response.set_cookie(
                cookie,
                value,
                max_age=LANGUAGE_COOKIE_MAX_AGE_S,
                secure=request.url.scheme == "https",
                samesite="lax",
            )
