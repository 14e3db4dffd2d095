"""Whom an address stands for, where something is counted by it."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(host: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, all of which one host may come from.

    What is no address, as of a local socket, is left as it is.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address) >> 64 << 64, 64)))
