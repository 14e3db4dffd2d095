"""A network that lets no UDP out, made of namespaces: site - router - centre, this machine.

The router drops every datagram without a word, as the firewalls of ministries and hotels do.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

_TOOLS = ("ip", "nft")
_NUMBERS = count()
_DROP_UDP = "add rule ip filter forward meta l4proto udp counter drop"


@dataclass(frozen=True, kw_only=True)
class ClosedNetwork:
    """A site behind a router."""

    site: str
    """Namespace of whoever sits there."""
    router: str
    centre: str
    """Address of this machine, as the site sees it."""

    def command(self, *command: str) -> tuple[str, ...]:
        """A command, run at the site."""
        return (*_as_root(), "ip", "netns", "exec", self.site, *command)

    def wrapper(self, program: Path, folder: Path) -> Path:
        """A file to run in place of a program: it runs at the site."""
        script = folder / f"{program.name}-at-site"
        script.write_text(f'#!/bin/sh\nexec {" ".join(self.command(str(program)))} "$@"\n')
        script.chmod(0o755)
        return script

    @property
    def dropped_datagrams(self) -> int:
        """How many the router has thrown away."""
        listing = _run("ip", "netns", "exec", self.router, "nft", "list", "ruleset")
        return int(listing.partition("counter packets ")[2].split()[0])


@contextmanager
def closed_network() -> Iterator[ClosedNetwork]:
    """Make it, and take it away again; skips where this may not be done."""
    _need_rights()
    tag = f"{os.getpid() % 100_000}x{next(_NUMBERS)}"
    subnet = f"10.{os.getpid() % 200 + 20}"
    network = ClosedNetwork(site=f"site{tag}", router=f"router{tag}", centre=f"{subnet}.1.1")
    try:
        _lay_cables(network, tag, subnet)
        yield network
    finally:
        for name in (network.site, network.router):
            subprocess.run((*_as_root(), "ip", "netns", "delete", name), check=False)


def _lay_cables(network: ClosedNetwork, tag: str, subnet: str) -> None:
    site, router = network.site, network.router
    outer, middle, inner, last = (f"p{side}{tag}" for side in "abcd")
    for name in (site, router):
        _run("ip", "netns", "add", name)
    _run("ip", "link", "add", outer, "type", "veth", "peer", "name", middle, "netns", router)
    _run("ip", "-n", router, "link", "add", inner, "type", "veth", "peer", last, "netns", site)
    _run("ip", "addr", "add", f"{network.centre}/24", "dev", outer)
    _run("ip", "link", "set", outer, "up")
    _run("ip", "route", "add", f"{subnet}.2.0/24", "via", f"{subnet}.1.2")
    for name, address, device in (
        (router, f"{subnet}.1.2/24", middle),
        (router, f"{subnet}.2.1/24", inner),
        (site, f"{subnet}.2.2/24", last),
    ):
        _run("ip", "-n", name, "addr", "add", address, "dev", device)
        _run("ip", "-n", name, "link", "set", device, "up")
        _run("ip", "-n", name, "link", "set", "lo", "up")
    _run("ip", "-n", site, "route", "add", "default", "via", f"{subnet}.2.1")
    at_router = ("ip", "netns", "exec", router)
    _run(*at_router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    _run(*at_router, "nft", "add table ip filter")
    _run(*at_router, "nft", "add chain ip filter forward { type filter hook forward priority 0; }")
    _run(*at_router, "nft", _DROP_UDP)


def _need_rights() -> None:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} missing: apt install iproute2 nftables")
    allowed = subprocess.run((*_as_root(), "ip", "netns", "list"), capture_output=True, check=False)
    if allowed.returncode != 0:
        pytest.skip("namespaces need root, or sudo without a password")


def _as_root() -> tuple[str, ...]:
    return () if os.geteuid() == 0 else ("sudo", "-n")


def _run(*command: str) -> str:
    done = subprocess.run((*_as_root(), *command), capture_output=True, check=False, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout
