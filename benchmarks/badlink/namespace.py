"""The bad network as the kernel makes it: a namespace behind one veth pair for each engine.

Loss is nftables' `numgen random`, the bottleneck is `tbf`; both work where there is no netem.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.parts.bad_link import Conditions

_PER = 10_000
_BURST_BYTES = 3000


def is_possible() -> bool:
    """Whether this machine lets us make namespaces and lose packets in them."""
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "tc", "nft")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One veth pair: the engine's end here, the viewer's end in the namespace."""

    name: str
    inside: str
    number: int

    @property
    def host(self) -> str:
        """The address of the end here."""
        return f"10.91.{self.number}.1"


class Namespace:
    """A viewer's machine, as a network namespace.

    Args:
        pairs: How many ways lead there.
    """

    def __init__(self, pairs: int) -> None:
        pid = os.getpid() % 10**6
        self.name = f"pollcam-{pid}"
        self.pairs = [
            Pair(name=f"pc{pid}h{number}", inside=f"pc{pid}v{number}", number=number)
            for number in range(pairs)
        ]

    def __enter__(self) -> Self:
        _run("ip", "netns", "add", self.name)
        try:
            self._in("ip", "link", "set", "lo", "up")
            for pair in self.pairs:
                self._add(pair)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _run("ip", "netns", "del", self.name)  # the pairs go with it

    def _add(self, pair: Pair) -> None:
        ends = (pair.name, "type", "veth", "peer", pair.inside, "netns", self.name)
        _run("ip", "link", "add", *ends)
        # A packet that is cut only behind the filter would be lost by the dozen.
        _run("ip", "link", "set", pair.name, "gso_max_segs", "1", "up")
        _run("ip", "addr", "add", f"{pair.host}/24", "dev", pair.name)
        self._in("ip", "addr", "add", f"10.91.{pair.number}.2/24", "dev", pair.inside)
        self._in("ip", "link", "set", pair.inside, "gso_max_segs", "1", "up")

    def command(self, program: Path, folder: Path) -> Path:
        """A script that starts a program in here."""
        script = folder / f"{program.name}-in-{self.name}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {program} "$@"\n')
        script.chmod(0o755)
        return script

    @contextmanager
    def worsened(self, pair: Pair, conditions: Conditions) -> Iterator["Worsened"]:
        """Make one of the ways bad for the time of the block."""
        worsened = Worsened(self, pair)
        worsened.filter(round(conditions.loss * _PER))
        if conditions.rate_bps is not None:
            self._narrow(pair, conditions)
        try:
            yield worsened
        finally:
            worsened.filter(0)
            if conditions.rate_bps is not None:
                _run("tc", "qdisc", "del", "dev", pair.name, "root")
                self._in("tc", "qdisc", "del", "dev", pair.inside, "root")

    def _narrow(self, pair: Pair, conditions: Conditions) -> None:
        shape = (
            "root", "tbf", "rate", f"{conditions.rate_bps:.0f}bit",
            "burst", str(_BURST_BYTES), "limit", str(conditions.queue_bytes),
        )  # fmt: skip
        _run("tc", "qdisc", "add", "dev", pair.name, *shape)
        self._in("tc", "qdisc", "add", "dev", pair.inside, *shape)

    def nft(self, rules: str) -> None:
        """Replace rules in here."""
        command = ["ip", "netns", "exec", self.name, "nft", "-f", "-"]
        subprocess.run(command, input=rules.encode(), check=True)

    def _in(self, *command: str) -> None:
        _run("ip", "netns", "exec", self.name, *command)


class Worsened:
    """One way while it is bad.

    Args:
        namespace: Where it ends.
        pair: Which.
    """

    relay_port: int | None = None

    def __init__(self, namespace: Namespace, pair: Pair) -> None:
        self._namespace = namespace
        self._pair = pair
        self._lost = 0

    def cut(self, *, is_cut: bool) -> None:
        """See `BadNetwork`."""
        self._set(_PER if is_cut else self._lost)

    def move(self) -> None:
        """See `BadNetwork`."""
        raise ValueError("a scenario that moves is for the relay")

    def filter(self, lost: int) -> None:
        """Lose so many of 10,000 packets of UDP each way."""
        self._lost = lost
        self._set(lost)

    def _set(self, lost: int) -> None:
        inside, table = self._pair.inside, f"inet {self._pair.inside}"
        hooks: Sequence[tuple[str, str]] = (("input", "iifname"), ("output", "oifname"))
        chance = f"numgen random mod {_PER} < {lost}" if lost < _PER else ""
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0;"
            f' {side} "{inside}" meta l4proto udp {chance} drop; }}\n'
            for hook, side in hooks
        )
        replaced = f"table {table}\ndelete table {table}\n"
        self._namespace.nft(replaced + (f"table {table} {{\n{chains}}}\n" if lost else ""))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
