"""One death of a station's agent: what was before, at which step, and what came of it."""

import re
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psutil

from core.clock import SystemClock
from core.footage import Segment
from evidence.entry import read_entry
from evidence.statements import statement_of
from recorder.disk.layout import read_name
from recorder.media.whole_fragments import read_fragments
from recorder.steps import Step
from tests.fault.conftest import Centre
from tests.parts.agent import AgentBox, enrolled_agent
from tests.waiting import wait_until

FIRST = {Step.INIT_WRITTEN, Step.START_JOURNALLED, Step.START_STOCKED}
"""Happen once a run, before anything is recorded."""
IN_GAPS = {Step.GAP_JOURNALLED, Step.GAP_STOCKED}
AT_THE_END = {Step.STOP_JOURNALLED}
EVICTIONS = {Step.EVICTION_JOURNALLED, Step.EVICTION_UNLINKED, Step.EVICTION_STOCKED}
HANDING_OVER = [
    Step.LINES_SENT,
    Step.LINES_MARKED,
    Step.GRANTED,
    Step.OBJECT_PUT,
    Step.OBJECT_CONFIRMED,
    Step.OBJECT_MARKED,
]
LOST_AT_MOST = timedelta(seconds=2)
_TRIES = 3
_WITHIN_S = 90.0


@dataclass(frozen=True, kw_only=True)
class Death:
    """What is known when the station has recorded on after it."""

    step: Step
    box: AgentBox
    died_utc: datetime
    """The first time, where there were two."""
    on_disk: dict[UUID, int]
    """By segment: how many bytes of whole fragments its file had when the agent was dead."""
    lost: timedelta
    """From the end of what was kept to the death, of the camera that lost most."""
    ended_utc: dict[UUID, datetime]
    """By camera: the end of the newest footage that the archive has."""

    def stated(self) -> Counter[UUID]:
        """How often each segment is stated in the device's journals."""
        count: Counter[UUID] = Counter()
        for path in self.box.spool.glob("*/journal/*.jsonl"):
            for line in path.read_text("ascii").splitlines():
                statement = statement_of(read_entry(line))
                if isinstance(statement, Segment):
                    count[statement.segment_id] += 1
        return count


def die_and_go_on(centre: Centre, film: Path, folder: Path, step: Step) -> Death:
    """Let an agent die at a step, start it again, and wait until it is as if nothing had been.

    What is lost is judged by the clock on the wall, and a machine that does much else can hold
    an agent up for a second just then. So one that lost too much is asked to die again.
    """
    for nth in range(_TRIES):
        number = f"{step}-{nth}"
        box = enrolled_agent(centre.admin, folder / number, number, [str(film), str(film)])
        death = _death(centre, box, step)
        if death.lost <= LOST_AT_MOST:
            break
    return death


def _death(centre: Centre, box: AgentBox, step: Step) -> Death:
    killed_utc = _kill_before(centre, box) if step in IN_GAPS else None
    noted_utc = _die(centre, box, step)
    died_utc, on_disk = killed_utc or noted_utc, whole_bytes(box)
    with box.start():
        wait_stored(centre, box, since_utc=noted_utc)
    return Death(
        step=step,
        box=box,
        died_utc=died_utc,
        on_disk=on_disk,
        lost=max(_lost(centre, camera, died_utc) for camera in box.camera_ids),
        ended_utc={camera: _stored_until(centre, camera) for camera in box.camera_ids},
    )


def whole_bytes(box: AgentBox) -> dict[UUID, int]:
    """By segment: the size of the whole fragments that its file begins with."""
    sizes: dict[UUID, int] = {}
    for path in box.spool.glob("*/*/*-*"):
        facts = read_name(path)
        size = sum(len(fragment.data) for fragment in read_fragments(path.read_bytes()))
        if facts is not None and size > 0:
            sizes[facts.segment_id] = size
    return sizes


def _lost(centre: Centre, camera: UUID, died_utc: datetime) -> timedelta:
    rows = [row for row in centre.segments(camera) if row.start_utc < died_utc]
    kept_until_utc = max((row.end_utc for row in rows), default=died_utc)
    return died_utc - kept_until_utc


def _kill_before(centre: Centre, box: AgentBox) -> datetime:
    """Without an earlier death there is no gap to state."""
    with box.start() as agent:
        wait_stored(centre, box)
        agent.kill()
        return SystemClock().utc()


def _die(centre: Centre, box: AgentBox, step: Step) -> datetime:
    note = box.folder / "died"
    calm = box.config.read_text()
    if step in EVICTIONS:
        box.config.write_text(hungry(calm, box.spool))
    nth = 1 if step in FIRST | IN_GAPS | AT_THE_END | EVICTIONS else 3
    with box.start(*dying(box, step, nth, note)) as agent:
        if step in AT_THE_END:
            wait_stored(centre, box)
            agent.process.terminate()
        died = agent.wait_died(_WITHIN_S)
        assert died, f"it did not reach {step}: {agent.process.returncode}"
    box.config.write_text(calm)
    return datetime.fromisoformat(note.read_text())


def dying(box: AgentBox, step: Step, nth: int, note: Path) -> list[str]:
    module = [sys.executable, "-m", "tests.fault.dying_agent", "--config", str(box.config)]
    return [*module, "--step", step.value, "--nth", str(nth), "--note", str(note)]


def hungry(config: str, spool: Path) -> str:
    """The same settings with a reserve that the disk cannot give: everything must go."""
    use = psutil.disk_usage(str(spool.parent))
    reserve = (use.free + use.total) // 2
    return re.sub(r"\n\[disk\]\n(?:.+\n)*", "\n", config) + f"\n[disk]\nreserve = {reserve}\n"


def wait_stored(centre: Centre, box: AgentBox, since_utc: datetime | None = None) -> None:
    """Until the archive has a segment of each camera that began after an instant."""

    def has(camera: UUID) -> bool:
        rows = [row for row in centre.segments(camera) if row.state == "stored"]
        return any(since_utc is None or row.start_utc > since_utc for row in rows)

    what = "the archive has footage of each camera"
    wait_until(lambda: all(map(has, box.camera_ids)), within_s=_WITHIN_S, what=what)


def _stored_until(centre: Centre, camera: UUID) -> datetime:
    return max(row.end_utc for row in centre.segments(camera) if row.state == "stored")
