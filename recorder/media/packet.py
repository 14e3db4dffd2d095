"""An encoded packet of any stream, as libavformat reads it."""

from typing import TYPE_CHECKING, Any, TypeAlias

from av.packet import Packet

if TYPE_CHECKING:
    MediaPacket: TypeAlias = Packet[Any]
else:
    MediaPacket = Packet  # generic in PyAV's stubs alone
