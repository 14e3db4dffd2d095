"""When a camera is published through a relay: only after the straight way has failed. Pure."""

from recorder.live.relays import Relay, best_relay

DETOUR_S = 3600.0
"""How long a network that let no UDP through is taken to be closed: one that opened again is found
at the first reconnection after that."""


class Detour:
    """Remembers whether this station's network is closed, and how to get around it.

    A relay costs the centre its traffic once more, and each allocation a port, also while it is
    not needed. So it is asked for where it must be, and not beside each straight connection.
    """

    def __init__(self) -> None:
        self._relays: tuple[Relay, ...] = ()
        self._until_s = 0.0

    def relay_at(self, now_s: float) -> Relay | None:
        """Through which relay the next attempt goes; None: straight."""
        return best_relay(self._relays) if now_s < self._until_s else None

    def note_relays(self, relays: tuple[Relay, ...]) -> None:
        """The streamer has answered an offer; it names fresh credentials each time."""
        self._relays = relays

    def note_blocked(self, relay: Relay | None, now_s: float) -> None:
        """An attempt was answered, and its media did not get through.

        Args:
            relay: What it went through.
            now_s: The time.
        """
        self._until_s = now_s + DETOUR_S if relay is None else 0.0
