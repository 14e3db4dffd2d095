"""In which language the page speaks to whoever asks."""

from starlette.requests import Request

from core.ui.languages import Language, choose_language


def language_of(request: Request) -> Language:
    """What the address says, then the browser; Russian where neither does."""
    accepted = request.headers.get("accept-language", "")
    return choose_language(request.query_params.get("lang"), accept_language=accepted)
