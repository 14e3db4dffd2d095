"""Notices that a streamer has lost a session, long before ICE's consent runs out."""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.5
_SILENT_LOOKS = 4
"""Streamers report once a second: after two without a word it is worth a question."""


class Silence:
    """Decides when to ask after a session. Pure.

    Reports are lost on bad links, so silence alone ends nothing; and a streamer that never
    reported is never asked.
    """

    def __init__(self) -> None:
        self._newest: object = None
        self._looks = 0

    def is_to_ask(self, newest: object) -> bool:
        """Take what the newest report is, at each look; None: none has come yet."""
        if newest is None or newest != self._newest:
            self._newest, self._looks = newest, 0
            return False
        self._looks += 1
        return self._looks % _SILENT_LOOKS == 0


async def wait_lost(
    newest_report: Callable[[], Awaitable[object]], is_gone: Callable[[], Awaitable[bool]]
) -> None:
    """Wait until the streamer is silent and says that it does not know the session.

    Args:
        newest_report: Anything that differs from one report to the next; None: none yet.
        is_gone: Asks the streamer.
    """
    silence = Silence()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if silence.is_to_ask(await newest_report()) and await is_gone():
            return
