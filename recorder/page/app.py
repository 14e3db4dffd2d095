"""Puts the page together."""

from starlette.applications import Starlette

from recorder.page.state import StationState


def make_page(state: StationState) -> Starlette:
    """The station's page and its metrics, for `recorder.page.serving.serve`.

    Args:
        state: The station.
    """
    app = Starlette()
    app.state.station = state
    return app
