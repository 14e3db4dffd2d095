"""When trouble is worth a person's attention: one incident per cause and place. Pure.

A trouble must last `OPEN_AFTER` before it is an incident, and be away for `CLOSE_AFTER` before
the incident ends. Where nothing is known, nothing opens and nothing closes. When more than half
of the stations fall silent, the centre or its network is suspected first: one incident, not
thousands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.fleet import FleetSnapshot
from api.fleet_views import JudgedStation
from core.health import Reason, Status
from storage.registry.incidents import Place

OPEN_AFTER = timedelta(seconds=10)
"""Longer than the 5 s between heartbeats: a lost network is seen as one before its stations
become incidents one by one."""
CLOSE_AFTER = timedelta(seconds=30)
MASS_SHARE = 0.5
MASS_MINIMUM = 4
"""With fewer stations than this a share says nothing."""
CENTRE_OR_NETWORK = "centre_or_network"
_NOWHERE = Place()

_OF_STATIONS = (Reason.DISK_FAILED, Reason.CLOCK_WRONG, Reason.DISK_LOW)
_OF_CAMERAS = (Reason.NOT_RECORDING, Reason.COVERED, Reason.DARK, Reason.FROZEN)
KINDS = (
    CENTRE_OR_NETWORK,
    *(r.value for r in (Reason.AGENT_SILENT, *_OF_STATIONS, *_OF_CAMERAS)),
)
"""All kinds that these rules open and close; others belong to whoever reported them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One cause at one place: what an incident is known by."""

    kind: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An incident begins."""

    trouble: Trouble
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An incident ends."""

    trouble: Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one look at the fleet shows."""

    present: Mapping[Trouble, str]
    """With a detail for people."""
    undecided: frozenset[Place] = frozenset()
    """Places nothing is known of: their incidents stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentState:
    """What is remembered from one look to the next."""

    open: frozenset[Trouble] = frozenset()
    seen_since: Mapping[Trouble, datetime] = field(default_factory=dict)
    gone_since: Mapping[Trouble, datetime] = field(default_factory=dict)


def findings_of(snapshot: FleetSnapshot) -> Findings:
    """What is wrong in a snapshot, each cause once and at its root."""
    silent = [s for s in snapshot.stations if _is_silent(s)]
    heard = [s for s in snapshot.stations if s.heard is not None]
    undecided = frozenset(p for s in snapshot.stations for p in _unknown_places(s))
    present = dict(_troubles(s for s in snapshot.stations if not _is_silent(s)))
    if _is_mass(len(silent), len(heard)):
        detail = f"{len(silent)} of {len(heard)} stations fell silent"
        present[Trouble(kind=CENTRE_OR_NETWORK, place=_NOWHERE)] = detail
        return Findings(present=present, undecided=undecided | {_place(s) for s in silent})
    present.update({Trouble(kind=Reason.AGENT_SILENT.value, place=_place(s)): "" for s in silent})
    return Findings(present=present, undecided=undecided)


def step(
    state: IncidentState, findings: Findings, now_utc: datetime
) -> tuple[IncidentState, tuple[Opening | Closing, ...]]:
    """Take one look into account; what to do, and what to remember if it was done."""
    seen = {t: state.seen_since.get(t, now_utc) for t in findings.present}
    gone = {t: state.gone_since.get(t, now_utc) for t in _vanished(state, findings)}
    openings = tuple(
        Opening(trouble=trouble, detail=findings.present[trouble])
        for trouble, since_utc in seen.items()
        if trouble not in state.open and now_utc - since_utc >= OPEN_AFTER
    )
    closings = tuple(
        Closing(trouble=trouble)
        for trouble, since_utc in gone.items()
        if now_utc - since_utc >= CLOSE_AFTER
    )
    opened = frozenset(o.trouble for o in openings)
    closed = frozenset(c.trouble for c in closings)
    following = IncidentState(open=(state.open | opened) - closed, seen_since=seen, gone_since=gone)
    return following, (*openings, *closings)


def _vanished(state: IncidentState, findings: Findings) -> Iterator[Trouble]:
    for trouble in state.open:
        # A silent station is decided by its being heard again, whatever else is unknown of it.
        is_undecided = trouble.place in findings.undecided
        if trouble not in findings.present and not is_undecided:
            yield trouble


def _troubles(stations: Iterable[JudgedStation]) -> Iterator[tuple[Trouble, str]]:
    for judged in stations:
        for reason in _OF_STATIONS:
            if reason in judged.judgement.reasons:
                yield Trouble(kind=reason.value, place=_place(judged)), ""
        yield from _camera_troubles(judged)


def _camera_troubles(judged: JudgedStation) -> Iterator[tuple[Trouble, str]]:
    if Reason.DISK_FAILED in judged.judgement.reasons:
        return  # the one cause of all the rest
    for camera, verdict in zip(judged.site.cameras, judged.cameras, strict=True):
        place = Place(station_id=camera.station_id, camera_id=camera.camera_id)
        reason = next((r for r in _OF_CAMERAS if r in verdict.reasons), None)
        if reason is not None:
            detail = ", ".join(r.value for r in verdict.reasons)
            yield Trouble(kind=reason.value, place=place), detail


def _unknown_places(judged: JudgedStation) -> Iterator[Place]:
    station_is_unknown = judged.heard is None or _is_silent(judged)
    for camera, verdict in zip(judged.site.cameras, judged.cameras, strict=True):
        if station_is_unknown or verdict.status is Status.UNKNOWN:
            yield Place(station_id=camera.station_id, camera_id=camera.camera_id)
    if station_is_unknown:
        yield _place(judged)


def _is_silent(judged: JudgedStation) -> bool:
    return Reason.AGENT_SILENT in judged.judgement.reasons


def _is_mass(silent: int, heard: int) -> bool:
    return heard >= MASS_MINIMUM and silent > MASS_SHARE * heard


def _place(judged: JudgedStation) -> Place:
    return Place(station_id=judged.site.station.station_id)
