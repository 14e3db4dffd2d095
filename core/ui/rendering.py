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
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
"""Of the station's own page: everything comes from the station, nothing is inline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPrompt:
    """The form that asks for the station's PIN before it shows pictures."""

    action: str
    """Where the form is posted, with the field `pin`."""
    problem: str = ""
    """Empty, `wrong` or `too_many`."""
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


def render_station_panel(view: StationView, texts: Texts) -> str:
    """The part of the page that is refreshed every few seconds."""
    template = _station_environment().get_template("station.html")
    return template.render(view=view, t=texts)
