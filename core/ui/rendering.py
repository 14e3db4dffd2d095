"""Templates with texts in them: one way to make a page, for the agent and for the centre."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined

from core.ui import spelling
from core.ui.catalogue import Texts, texts_in
from core.ui.languages import Language
from core.ui.station_view import StationView

STATIC_DIR = Path(__file__).parent / "static"
"""To be served under `STATIC_URL` by whoever serves the pages."""
STATIC_URL = "/static/ui"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPrompt:
    """The form that asks for the station's PIN before it shows pictures."""

    action: str
    """Where the form is posted, with the field `pin`."""
    problem: str = ""
    """Empty, `wrong` or `too_many`."""
    retry_after_s: int = 0
    """Of `too_many`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a browser is not given what it asked the station for."""

    name: str
    """`pin`, `nothing`, `bad`, `away` or `broken`, or of the PIN that was given `wrong` or
    `too_many`."""
    retry_after_s: int = 0
    """Of `too_many`."""


def make_environment(*loaders: BaseLoader) -> Environment:
    """An environment that finds the shared templates behind those of the given loaders."""
    environment = Environment(
        loader=ChoiceLoader([*loaders, PackageLoader("core.ui", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        ui=STATIC_URL, languages=tuple(Language), spelling=spelling, with_query=with_query
    )
    return environment


def with_query(path: str, query: Mapping[str, str], **changes: str) -> str:
    """The address with some of its query changed; an empty value takes one out."""
    merged = {**query, **changes}
    kept = {name: value for name, value in merged.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


@cache
def _station_environment() -> Environment:
    return make_environment()


def render_station_page(
    view: StationView, language: Language, *, pin: PinPrompt | None = None
) -> str:
    """The whole page as the station itself serves it.

    Args:
        view: From `core.ui.station_view.station_view`.
        language: The one the view is in.
        pin: Asks for the PIN where this reader has not given it yet.
    """
    texts = texts_in(language)
    template = _station_environment().get_template("station_page.html")
    return template.render(view=view, t=texts, language=language, pin=pin)


def render_refusal(refusal: Refusal, language: Language) -> str:
    """The page that says so, and leads back to the station's own."""
    texts = texts_in(language)
    title, text = _told(refusal, texts)
    template = _station_environment().get_template("station_refused.html")
    return template.render(title=title, text=text, t=texts, language=language)


def _told(refusal: Refusal, texts: Texts) -> tuple[str, str]:
    match refusal.name:
        case "wrong":
            return texts("pin.title"), texts("pin.wrong")
        case "too_many":
            wait = spelling.duration(refusal.retry_after_s, texts)
            return texts("pin.title"), texts("pin.too_many", wait=wait)
    return texts(f"refused.{refusal.name}"), texts(f"refused.{refusal.name}.now")
