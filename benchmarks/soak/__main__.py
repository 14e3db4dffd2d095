"""`make soak-live`: 10,000 viewers come and leave in ten minutes; what grows, as JSON."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import httpx

from benchmarks.fanout.engines import Engine, pollcam
from benchmarks.fanout.film import make_film
from benchmarks.soak.measuring import Sample, Watched, slope_per_1000
from benchmarks.soak.visits import Visits, make_visits

_SAMPLE_EVERY_S = 5.0
_FORGOTTEN_S = 45.0
"""After it the last one that vanished or never connected is forgotten."""
_FIGURES = ("memory_kib", "sockets", "tasks")


async def soak(engine: Engine, connects: int, per_s: float) -> dict[str, object]:
    """Let them come and leave, and look meanwhile."""
    watched = Watched(engine.pid, engine.whep_url.partition("/whep")[0] + "/metrics")
    visits = Visits(engine.whep_url, engine.headers)
    async with httpx.AsyncClient(timeout=30) as http:
        await _until_published(visits)
        visits.tally = type(visits.tally)()
        before = await watched.sample(0, http)
        samples = [before]
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(_look(watched, visits, http, samples))
            await make_visits(visits, connects, per_s)
            looking.cancel()
        await visits.close()
        await asyncio.sleep(_FORGOTTEN_S)
        after = await watched.sample(connects, http)
    return {
        **{f"{n}_per_1000_connects": _rounded(slope_per_1000(samples, n)) for n in _FIGURES},
        "left_over": {n: getattr(after, n) - getattr(before, n) for n in _FIGURES},
        "before": asdict(before),
        "after": asdict(after),
        "connects": visits.tally.connects,
        "by_way": visits.tally.by_way,
        "failures": visits.tally.failures,
        "samples": [asdict(sample) for sample in samples],
    }


async def _look(
    watched: Watched, visits: Visits, http: httpx.AsyncClient, samples: list[Sample]
) -> None:
    while True:
        await asyncio.sleep(_SAMPLE_EVERY_S)
        samples.append(await watched.sample(visits.tally.connects, http))
        _say(json.dumps(asdict(samples[-1])))


async def _until_published(visits: Visits) -> None:
    async with asyncio.timeout(30):
        while True:
            await visits.visit(0)
            if not visits.tally.failures:
                return
            visits.tally.failures.clear()
            await asyncio.sleep(0.5)


def main() -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connects", type=int, default=10_000)
    parser.add_argument("--per-s", type=float, default=10_000 / 600)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-live-") as name:
        _say("encoding the film")
        film = make_film(Path(name), 10, kbps=400)
        with pollcam(film, Path(name)) as engine:
            figures = asyncio.run(soak(engine, asked.connects, asked.per_s))
    print(json.dumps(figures))
    return 0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
