"""Which local addresses media uses."""

import socket

WILDCARDS = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 media faces the world


def bind_addresses(chosen: tuple[str, ...], public: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses to open ports on; empty: every one of the machine but loopback.

    A public address that this machine has itself is bound; one that it does not have is a
    router's, and packets sent to it arrive at any address of ours.
    """
    if chosen:
        return chosen
    return tuple(a if _is_ours(a) else WILDCARDS[_family(a)] for a in public)


def _is_ours(address: str) -> bool:
    with socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
