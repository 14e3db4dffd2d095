"""Windows that reach the streamer's media through a relay alone."""

import re
from uuid import UUID

from playwright.sync_api import BrowserContext, Route

from tests.parts.bad_relay import Relay


def behind(relay: Relay, context: BrowserContext, camera: UUID | str = "**") -> None:
    """Have the player in a window send to a relay, by what the streamer's answers tell it.

    A relay is for one player at a time; where there are several, each camera has its own.
    """

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        told = route.fetch()
        place = f"127.0.0.1 {relay.relay_port} typ host"
        route.fulfill(response=told, body=re.sub(r"\S+ \d+ typ host", place, told.text()))

    context.route(f"**/whep/{camera}", answer)
