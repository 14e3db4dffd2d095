"""Opens this process's UDP ports, one for each of its addresses."""

import structlog
from aioice.ice import get_host_addresses

from streamer.errors import PortTakenError
from streamer.udp.port import UdpPort

_log = structlog.get_logger(__name__)


def open_ports(addresses: tuple[str, ...], number: int) -> list[UdpPort]:
    """Open a port on each address.

    Args:
        addresses: Empty: all of the machine but loopback, as far as they can be bound.
        number: The same on each; 0 for any free one.

    Raises:
        PortTakenError: One of `addresses` cannot be bound, or none of the machine's.
    """
    if addresses:
        return [UdpPort(address, number) for address in addresses]
    opened, failure = [], None
    for address in get_host_addresses(use_ipv4=True, use_ipv6=True):
        try:
            opened.append(UdpPort(address, number))
        except PortTakenError as error:  # such as IPv6 where it is switched off
            failure = error
            _log.info("udp.address_left_out", error=str(error))
    if not opened and failure is not None:
        raise failure
    return opened
