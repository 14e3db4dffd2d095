import json
from datetime import timedelta

import pytest

from api.events import Audience
from api.fleet import Fleet
from api.fleet_watch import FleetLook, FleetWatch
from api.narrator import REPEAT_AFTER, Narrator, first_events
from storage.registry.devices import keep_report
from storage.registry.incidents import list_incidents
from tests.fakes.fleet import heard, place, snapshot
from tests.fakes.journal import MORNING

EVERYBODY = Audience(regions=(), sees_incidents=True)
SECOND = timedelta(seconds=1)


def beat(services, station, *cameras, **changes):
    report = station.report(*cameras, **changes)
    with services.transaction() as session:
        content = report.model_dump(mode="json")
        keep_report(session, station.device_id, content, "1.0", services.now_utc)


def look(services, fleet, **how):
    with services.transaction() as session:
        return fleet.refresh(session, services.now_utc, **how)


def test_a_refresh_hears_what_is_new_and_judges_only_that(services, clock, new_station):
    fleet, stations = Fleet(), [new_station() for _ in range(3)]
    for station in stations:
        beat(services, station)
    first = look(services, fleet)
    clock.advance(1)
    beat(services, stations[1])
    second = look(services, fleet, with_registry=False)
    kept = [a is b for a, b in zip(first.stations, second.stations, strict=True)]
    assert kept.count(True) == 2


def test_silence_is_judged_without_anything_new(services, clock, station):
    fleet = Fleet()
    beat(services, station)
    assert look(services, fleet).stations[0].judgement.status == "ok"
    clock.advance(15.1)
    after = look(services, fleet, with_registry=False)
    assert after.stations[0].judgement.status == "unknown"
    beat(services, station)
    after = look(services, fleet, with_registry=False)
    assert after.stations[0].judgement.status == "ok"


def test_a_heartbeat_another_process_committed_late_is_heard(services, clock, new_station):
    fleet, (early, late) = Fleet(), (new_station(), new_station())
    clock.advance(2)
    beat(services, early)
    look(services, fleet)
    clock.advance(-1)
    beat(services, late)
    clock.advance(1)
    after = look(services, fleet, with_registry=False)
    assert [s.judgement.status for s in after.stations] == ["ok", "ok"]


def test_a_report_nobody_can_read_is_left_out_and_stops_nothing(services, new_station):
    broken, good = new_station(), new_station()
    with services.transaction() as session:
        keep_report(session, broken.device_id, {"cameras": 5}, "9", services.now_utc)
    beat(services, good)
    found = {s.site.station.station_id: s for s in look(services, Fleet()).stations}
    assert found[broken.station_id].judgement.status == "unknown"
    assert found[good.station_id].judgement.status == "ok"


def test_coverage_now_counts_cameras_that_are_known_to_record():
    a, b, c = place(1), place(2), place(3, region="chuy")
    looked = snapshot(
        MORNING,
        (a, heard(a, cut=(1,))),
        (b, heard(b, MORNING - timedelta(minutes=1))),
        (c, heard(c)),
    )
    assert looked.coverage_ratio() == pytest.approx(3 / 6)
    assert looked.coverage_ratio(("osh",)) == pytest.approx(1 / 4)
    assert looked.coverage_ratio(("naryn",)) is None


def told(narrator, looked, incidents=()) -> list[tuple[str, int]]:
    events = narrator.following(FleetLook(snapshot=looked, incidents=tuple(incidents)))
    return [(e.name, e.encoded.count(b'"report_age_s"')) for e in events]


def test_a_station_is_told_when_it_changes_and_not_because_time_passes():
    narrator, where = Narrator(EVERYBODY), place(1)
    report = heard(where)
    assert told(narrator, snapshot(MORNING, (where, report))) == [("fleet", 1)]
    later = MORNING + 4 * SECOND
    again = heard(where, later)
    assert told(narrator, snapshot(later, (where, report))) == []
    assert told(narrator, snapshot(later + SECOND, (where, again))) == []
    cut = heard(where, later, cut=(1,))
    assert told(narrator, snapshot(later + 2 * SECOND, (where, cut))) == [("fleet", 1)]
    assert told(narrator, snapshot(later + 60 * SECOND, (where, cut))) == [("fleet", 1)]


def test_ages_on_a_page_are_never_older_than_the_repetition():
    narrator, where = Narrator(EVERYBODY), place(1)
    told(narrator, snapshot(MORNING, (where, heard(where))))
    at_utc = MORNING + REPEAT_AFTER
    fresh = heard(where, at_utc)
    assert told(narrator, snapshot(at_utc - SECOND, (where, fresh))) == []
    assert told(narrator, snapshot(at_utc, (where, fresh))) == [("fleet", 1)]


def test_an_audience_is_told_of_its_regions_alone():
    near, far = place(1, region="osh"), place(2, region="chuy")
    looked = snapshot(MORNING, (near, heard(near)), (far, heard(far)))
    audience = Audience(regions=("chuy",), sees_incidents=False)
    [event] = Narrator(audience).following(FleetLook(snapshot=looked))
    assert str(far.station.station_id) in event.encoded.decode()
    assert str(near.station.station_id) not in event.encoded.decode()
    fleet, tick = first_events(looked, audience)
    assert str(near.station.station_id) not in fleet.encoded.decode()
    told = json.loads(tick.encoded.partition(b"data: ")[2])
    assert (told["server_utc"], told["coverage_ratio"]) == ("2026-11-24T08:00:00.000000Z", 1.0)


def test_the_watch_opens_and_closes_incidents_and_tells_of_each_once(services, clock, station):
    watch = FleetWatch(services)
    cut = station.camera_report(1, last_recorded_age_s=30.0, trouble="camera_silent")
    told_kinds = []
    for second in range(80):
        is_cut = second < 20
        beat(
            services,
            station,
            station.camera_report(0),
            *([cut] if is_cut else [station.camera_report(1)]),
        )
        told_kinds += [(i.kind, i.closed_utc is not None) for i in watch.look().incidents]
        clock.advance(1)
    assert told_kinds == [("not_recording", False), ("not_recording", True)]
    with services.transaction() as session:
        [row] = list_incidents(session, (), 10)
    assert (row.camera_id, row.detail) == (
        station.camera_ids[1],
        "not_recording, camera_silent",
    )


def test_a_watch_that_was_restarted_knows_what_is_open(services, clock, station):
    cut = station.camera_report(last_recorded_age_s=30.0)
    for _ in range(2):
        watch = FleetWatch(services)
        for _ in range(20):
            beat(services, station, cut)
            watch.look()
            clock.advance(1)
    watch = FleetWatch(services)
    for _ in range(40):
        beat(services, station)
        watch.look()
        clock.advance(1)
    with services.transaction() as session:
        [row] = list_incidents(session, (), 10)
    assert row.closed_utc is not None


def test_two_processes_that_watch_open_one_incident(services, clock, station):
    watches = [FleetWatch(services), FleetWatch(services)]
    for _ in range(20):
        beat(services, station, station.camera_report(last_recorded_age_s=30.0))
        for watch in watches:
            watch.look()
        clock.advance(1)
    with services.transaction() as session:
        assert len(list_incidents(session, (), 10)) == 1
