"""The live viewers that are sent the same bytes before encryption, through the same port."""

from streamer.egress import SendDesk
from streamer.rtp.packet import HEADER_BYTES
from streamer.template import Burst, Group, Template
from streamer.udp.port import UdpPort
from streamer.viewer import Sent, Viewer


class Cohort:
    """Sends each burst to all of its viewers; what a viewer costs lies below this.

    Args:
        port: Theirs.
        group: Theirs.
        desk: The loop's.
    """

    def __init__(self, port: UdpPort, group: Group, desk: SendDesk) -> None:
        self.group = group
        self._port = port
        self._desk = desk
        self._viewers: dict[Viewer, Sent] = {}
        self._packed: bytes | None = None
        self._sent = Sent()

    def __len__(self) -> int:
        return len(self._viewers)

    def add(self, viewer: Viewer) -> None:
        """Send to a viewer from the next burst on."""
        self._viewers[viewer] = self._sent
        viewer.sent_with_others = lambda: self._sent - self._viewers.get(viewer, self._sent)
        self._packed = None

    def remove(self, viewer: Viewer) -> None:
        """Send it nothing more; what it was sent stays counted."""
        viewer.settle()
        del self._viewers[viewer]
        self._packed = None

    def send(self, template: Template, burst: Burst) -> None:
        """Send a burst of the group's template to all."""
        if self._packed is None:
            self._packed = b"".join(viewer.egress.packed for viewer in self._viewers)
        ways = (viewer.egress for viewer in self._viewers)
        refused = self._desk.send(self._port, template, burst, ways, self._packed)
        packets = len(burst.lengths)
        sent = Sent(packets, sum(burst.lengths) - HEADER_BYTES * packets)
        self._sent = self._sent + sent
        if refused:
            for index, viewer in enumerate(self._viewers):
                if index in refused:
                    viewer.note_refused(sent)
