"""Heartbeats alone: this API and a bare route that keeps nothing, in the same seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.centre.agent import Habits
from benchmarks.centre.country import Country
from benchmarks.centre.measuring import Processes, crowd, over
from benchmarks.centre.parts import Centre, running_bare


async def compare(
    centre: Centre, folder: Path, habits: Habits, counts: Sequence[int], window_s: float
) -> dict[str, object]:
    """What a heartbeat costs each, by the slope from few stations to many.

    Whatever else the machine does then, and however fast it clocks, is the same for both.
    """
    alone = replace(habits, only_heartbeats=True)
    country = Country(centre.database_url, habits.mode, habits.live, habits.jpeg)
    await asyncio.to_thread(country.grow_to, max(counts))
    keys = folder / "keys.json"
    country.write_keys(keys)
    cpu: list[Sequence[float]] = []
    rates: list[list[float]] = []
    with running_bare(keys) as (bare_url, bare_pid):
        database = Processes(centre.database_pid, with_children=True)
        groups = (Processes(centre.pid), Processes(bare_pid), database)
        async with crowd(centre.url, alone) as ours, crowd(bare_url, alone) as bare:
            for count in counts:
                devices = country.grow_to(count)
                await asyncio.gather(ours.grow_to(devices), bare.grow_to(devices))
                for agents in (ours, bare):
                    agents.tally.restart()
                window = await over(window_s, *groups)
                cpu.append(window.cpu_pct)
                tallies = (ours.tally, bare.tally)
                rates.append([t.rates(window.lasted_s).get("heartbeat", 0.0) for t in tallies])
    return _ratio(cpu, rates)


def _ratio(cpu: Sequence[Sequence[float]], rates: Sequence[Sequence[float]]) -> dict[str, object]:
    few, many = cpu[0], cpu[-1]
    more = [after - before for before, after in zip(rates[0], rates[-1], strict=True)]
    # Of a core's second, for one heartbeat.
    ours, bare = (1e4 * (many[n] - few[n]) / more[n] for n in (0, 1))
    database = 1e4 * (many[2] - few[2]) / more[0]
    return {
        "us_per_heartbeat": round(ours),
        "bare_us_per_heartbeat": round(bare),
        "database_us_per_heartbeat": round(database),
        "ratio_to_bare": round(ours / bare, 2) if bare > 0 else None,
        "cpu_pct": cpu,
        "heartbeats_per_s": rates,
    }
