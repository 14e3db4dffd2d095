from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incident_rules import (
    CENTRE_OR_NETWORK,
    CLOSE_AFTER,
    KINDS,
    OPEN_AFTER,
    Closing,
    Findings,
    IncidentState,
    Opening,
    Trouble,
    findings_of,
    step,
)
from storage.registry.incidents import Place
from tests.fakes.fleet import heard, place, snapshot
from tests.fakes.journal import MORNING

SECOND = timedelta(seconds=1)
FIVE = [place(n) for n in range(5)]


def kinds(findings: Findings) -> list[str]:
    return sorted(t.kind for t in findings.present)


def play(*looks, every: timedelta = SECOND):
    """Feed findings one after the other; the actions with the second they came in."""
    state, done = IncidentState(), []
    for second, findings in enumerate(looks):
        state, actions = step(state, findings, MORNING + second * every)
        done += [(second, a) for a in actions]
    return done


DARK = Trouble(kind="dark", place=Place(station_id=FIVE[0].station.station_id))
WRONG, RIGHT = Findings(present={DARK: "why"}), Findings(present={})
UNDECIDED = Findings(present={}, undecided=frozenset({DARK.place}))
OPEN_S, CLOSE_S = int(OPEN_AFTER.total_seconds()), int(CLOSE_AFTER.total_seconds())


def test_trouble_that_lasts_opens_one_incident_with_its_detail():
    assert play(*[WRONG] * 100) == [(OPEN_S, Opening(trouble=DARK, detail="why"))]


def test_trouble_that_passes_opens_none():
    assert play(*([WRONG] * OPEN_S + [RIGHT]) * 5) == []


def test_an_incident_ends_when_the_trouble_stays_away():
    done = play(*[WRONG] * (OPEN_S + 1), *[RIGHT] * 100)
    assert done[1:] == [(OPEN_S + 1 + CLOSE_S, Closing(trouble=DARK))]


def test_a_short_pause_does_not_end_it():
    looks = [WRONG] * (OPEN_S + 1) + ([RIGHT] * (CLOSE_S - 1) + [WRONG]) * 3
    assert len(play(*looks)) == 1


def test_where_nothing_is_known_nothing_ends():
    assert len(play(*[WRONG] * (OPEN_S + 1), *[UNDECIDED] * 1000)) == 1


@given(st.lists(st.sampled_from([WRONG, RIGHT, UNDECIDED]), max_size=300))
def test_incidents_open_and_close_in_turn(looks):
    actions = [type(a) for _, a in play(*looks)]
    assert actions == ([Opening, Closing] * len(actions))[: len(actions)]


@given(st.lists(st.sampled_from([WRONG, RIGHT, UNDECIDED]), max_size=100))
def test_the_state_says_what_the_actions_did(looks):
    state, is_open = IncidentState(), False
    for second, findings in enumerate(looks):
        state, actions = step(state, findings, MORNING + second * SECOND)
        is_open = (is_open or any(isinstance(a, Opening) for a in actions)) and not any(
            isinstance(a, Closing) for a in actions
        )
        assert (DARK in state.open) == is_open


def test_all_well_is_no_finding():
    looked = snapshot(MORNING, *[(p, heard(p)) for p in FIVE])
    assert kinds(findings_of(looked)) == []


def test_a_cut_camera_is_found_at_its_camera():
    where = FIVE[0]
    findings = findings_of(snapshot(MORNING, (where, heard(where, cut=(2,)))))
    [trouble] = findings.present
    assert trouble.kind == "not_recording"
    assert trouble.place.camera_id == where.cameras[1].camera_id


def test_a_failed_disk_is_one_cause_and_not_one_for_each_camera():
    where = FIVE[0]
    report = heard(where, cut=(1, 2), disk_failed=True)
    assert kinds(findings_of(snapshot(MORNING, (where, report)))) == ["disk_failed"]


def test_a_wrong_clock_is_found():
    where = FIVE[0]
    report = heard(where, clock_offset_s=3600.0)
    assert kinds(findings_of(snapshot(MORNING, (where, report)))) == ["clock_wrong"]


def test_a_silent_station_is_one_finding_and_its_cameras_are_undecided():
    where = FIVE[0]
    later = MORNING + timedelta(seconds=60)
    findings = findings_of(snapshot(later, (where, heard(where, cut=(1,)))))
    assert kinds(findings) == ["agent_silent"]
    assert len(findings.undecided) == 3


def test_a_silent_station_that_is_heard_again_ends_its_incident():
    where, when = FIVE[0], MORNING
    silent = findings_of(snapshot(when + timedelta(minutes=1), (where, heard(where))))
    well = findings_of(snapshot(when, (where, heard(where))))
    done = play(*[silent] * 20, *[well] * 60)
    assert [type(a) for _, a in done] == [Opening, Closing]


def test_a_station_never_heard_of_is_no_incident():
    assert kinds(findings_of(snapshot(MORNING, (FIVE[0], None)))) == []


@pytest.mark.parametrize(
    ("silent", "found"),
    [
        (2, ["agent_silent"] * 2),
        (3, [CENTRE_OR_NETWORK]),
        (5, [CENTRE_OR_NETWORK]),
    ],
)
def test_when_more_than_half_fall_silent_the_centre_is_suspected(silent, found):
    long_ago = MORNING - timedelta(minutes=1)
    stations = [(p, heard(p, long_ago if n < silent else MORNING)) for n, p in enumerate(FIVE)]
    assert kinds(findings_of(snapshot(MORNING, *stations))) == found


def test_in_a_small_fleet_a_share_says_nothing():
    long_ago = MORNING - timedelta(minutes=1)
    stations = [(p, heard(p, long_ago)) for p in FIVE[:3]]
    assert kinds(findings_of(snapshot(MORNING, *stations))) == ["agent_silent"] * 3


def test_a_lost_network_is_one_incident_though_heartbeats_are_spread_over_five_seconds():
    last_heard = [MORNING + timedelta(seconds=n) for n in range(5)]
    looks = [
        findings_of(
            snapshot(
                MORNING + second * SECOND,
                *[(p, heard(p, last_heard[n])) for n, p in enumerate(FIVE)],
            )
        )
        for second in range(5, 120)
    ]
    opened = [a.trouble.kind for _, a in play(*looks)]
    assert opened == [CENTRE_OR_NETWORK]


def test_those_that_stay_silent_after_a_lost_network_become_incidents_of_their_own():
    lost = snapshot(MORNING + timedelta(minutes=1), *[(p, heard(p)) for p in FIVE])
    now_utc = MORNING + timedelta(minutes=1)
    back = snapshot(
        now_utc, *[(p, heard(p, MORNING if n == 0 else now_utc)) for n, p in enumerate(FIVE)]
    )
    done = play(*[findings_of(lost)] * 30, *[findings_of(back)] * 60)
    assert [(type(a), a.trouble.kind) for _, a in done] == [
        (Opening, CENTRE_OR_NETWORK),
        (Opening, "agent_silent"),
        (Closing, CENTRE_OR_NETWORK),
    ]


def test_every_kind_that_is_found_is_one_the_rules_own():
    where = FIVE[0]
    reports = [
        heard(where, cut=(1,)),
        heard(where, disk_failed=True),
        heard(where, clock_offset_s=-9.0),
        heard(where, MORNING - timedelta(hours=1)),
    ]
    for report in reports:
        found = kinds(findings_of(snapshot(MORNING, (where, report))))
        assert found
        assert set(found) <= set(KINDS)
