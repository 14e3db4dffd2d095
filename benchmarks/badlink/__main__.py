"""`make bench-badlink`: how long the picture stands still behind bad networks; MEDIAMTX=path."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.badlink.engines import GOP_S, Watched, start
from benchmarks.badlink.links import BadNetwork
from benchmarks.badlink.namespace import Namespace, is_possible
from benchmarks.badlink.stage import Stage, staged
from benchmarks.badlink.watching import Seen, Viewer
from core.clock import SystemClock
from tests.parts.bad_link_scenarios import Scenario, scenarios

_CLOCK = SystemClock()
_SETTLE_S = 3.0
_EVENT_AFTER_S = 8.0

Found = Mapping[str, dict[str, Seen]]
"""By engine: what the viewer behind the bad network had, and the one beside it."""


def watch(
    scenario: Scenario, stage: Stage, engines: Mapping[str, Watched], window_s: float
) -> Found:
    """Have two viewers on each engine at once, one of them behind the bad network."""
    with ExitStack() as stack:
        networks: list[BadNetwork] = []
        viewers: dict[tuple[str, str], Viewer] = {}
        for number, (name, engine) in enumerate(engines.items()):
            network = stack.enter_context(stage.bad_network(scenario, engine, number))
            networks.append(network)
            behind = stage.window(scenario), engine, network.relay_port
            viewers[name, "behind"] = Viewer(*behind)
            viewers[name, "beside"] = Viewer(stage.here, engine, None)
        for viewer in viewers.values():
            stack.callback(viewer.close)
            viewer.wait_first()
        time.sleep(_SETTLE_S)
        began_s = _CLOCK.monotonic_s()
        for viewer in viewers.values():
            viewer.begin()
        happen(scenario, networks, began_s)
        time.sleep(max(0.0, began_s + window_s - _CLOCK.monotonic_s()))
        seen = {key: viewer.seen(window_s) for key, viewer in viewers.items()}
    return {name: {who: seen[name, who] for who in ("behind", "beside")} for name in engines}


def happen(scenario: Scenario, networks: list[BadNetwork], began_s: float) -> None:
    """What the scenario has happen once."""
    if not (scenario.outage_s or scenario.moves):
        return
    time.sleep(max(0.0, began_s + _EVENT_AFTER_S - _CLOCK.monotonic_s()))
    for network in networks:
        if scenario.moves:
            network.move()
        else:
            network.cut(is_cut=True)
    time.sleep(scenario.outage_s)
    for network in networks:
        network.cut(is_cut=False)


def figures(found: Found) -> dict[str, object]:
    """One condition, for the machine."""
    freeze = {name: seen["behind"].freeze_s_per_min for name, seen in found.items()}
    peer = freeze.get("mediamtx")
    return {
        **freeze,
        "freeze_ratio_to_mediamtx": round(freeze["pollcam"] / peer, 3) if peer else None,
        "beside": {name: seen["beside"].freeze_s_per_min for name, seen in found.items()},
        "raw": {name: {who: asdict(s) for who, s in seen.items()} for name, seen in found.items()},
    }


def main() -> int:
    """Try one network after the other, then print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window-s", type=float, default=60.0)
    parser.add_argument("--only", default="", help="names of scenarios, comma-separated")
    parser.add_argument("--relay", action="store_true", help="no namespaces, though there are")
    asked = parser.parse_args()
    known = scenarios()
    chosen = [known[name] for name in asked.only.split(",")] if asked.only else list(known.values())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-badlink-")))
        is_in_kernel = is_possible() and not asked.relay
        namespace = stack.enter_context(Namespace(2)) if is_in_kernel else None
        hosts = [pair.host for pair in namespace.pairs] if namespace else ["127.0.0.1"] * 2
        engines = start(stack, hosts, folder)
        stage = stack.enter_context(staged(namespace, folder))
        time.sleep(GOP_S * 2)
        by_name: dict[str, object] = {}
        for scenario in chosen:
            found = watch(scenario, stage, engines, asked.window_s)
            by_name[scenario.name] = figures(found)
            _tell(scenario, stage, found)
    print(json.dumps({**by_name, "window_s": asked.window_s, "gop_s": GOP_S}))
    return 0


def _tell(scenario: Scenario, stage: Stage, found: Found) -> None:
    is_in_kernel = stage.namespace is not None and scenario.is_for_namespaces
    _say(f"{scenario.name} ({'namespace' if is_in_kernel else 'relay'})")
    for name, seen in found.items():
        for who, had in seen.items():
            _say(
                f"  {name:<9} {who}: {had.freeze_s_per_min:6.2f} s/min frozen in {had.freezes},"
                f" {had.pictures_per_s:5.2f} pictures/s, lost {100 * had.lost_share:.2f} %,"
                f" {had.requests} + {had.keyframe_requests} requests, {had.state}"
            )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
