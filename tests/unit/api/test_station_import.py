import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.rights import Role
from api.station_list import COLUMNS, MAX_FAULTS, read_station_list
from storage.index.registry_tables import CameraRow, StationRow

HEAD = "number,name,region,mode,cameras\n"
GOOD = HEAD + "1,School 1,osh,online,entrance|ballot box\n2,School 2,chuy,,hall\n"


def faults(text: str) -> list[tuple[int, str]]:
    return [(b.line, b.column) for b in read_station_list(text.encode()).bad_lines]


def test_a_good_list_is_read_with_defaults_for_what_is_empty():
    listed = read_station_list(GOOD.encode())
    first, second = (item.station for item in listed.stations)
    assert listed.bad_lines == ()
    assert (first.number, first.cameras) == ("1", ("entrance", "ballot box"))
    assert (second.mode, second.timezone) == ("recording_only", "Asia/Bishkek")


@pytest.mark.parametrize(
    "text",
    [GOOD.replace(",", ";"), "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD + "\n\n,,,,\n"],
)
def test_lists_of_spreadsheets_of_all_countries_are_read(text):
    listed = read_station_list(text.encode())
    assert ([i.station.number for i in listed.stations], listed.bad_lines) == (["1", "2"], ())


def test_every_bad_line_is_named_with_its_column():
    text = HEAD + (
        "1,School 1,osh,online,a\n"
        ",School 2,atlantis,online,a\n"
        "3,School 3,osh,sometimes,a\n"
        "4,School 4\n"
        "1,School 5,osh,online,a\n"
    )
    assert faults(text) == [
        (3, "number"),
        (3, "region"),
        (4, "mode"),
        (5, ""),
        (6, "number"),
    ]


def test_a_record_of_several_lines_is_named_by_its_first():
    text = HEAD + '1,"School\n1",osh,online,a\n2,School,nowhere,online,a\n'
    assert faults(text) == [(2, "name"), (4, "region")]


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b"", 1, "missing"),
        (HEAD.encode(), 1, "no station"),
        (HEAD.encode() + b"1,\xd8\xd8,osh,online,a\n", 2, "UTF-8"),
        (b"number,name,region,cameras,colour\n", 1, "not one of"),
        (b"number,number,name,region,cameras\n", 1, "twice"),
        (HEAD.encode() + b'1,"School,osh,online,a\n', 2, "CSV"),
    ],
)
def test_a_file_that_is_no_list_says_what_is_wrong(content, line, word):
    listed = read_station_list(content)
    assert listed.stations == ()
    assert any(b.line == line and word in b.reason for b in listed.bad_lines)


def test_a_header_without_end_is_not_answered_without_end():
    header = ",".join(f"column {n}" for n in range(5 * MAX_FAULTS))
    assert len(read_station_list(header.encode()).bad_lines) == MAX_FAULTS


@given(st.binary(max_size=400))
def test_no_file_at_all_makes_it_stumble(content):
    listed = read_station_list(content)
    assert listed.stations or listed.bad_lines


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(
    st.lists(
        st.tuples(words, words, st.lists(words, max_size=4)),
        min_size=1,
        max_size=8,
        unique_by=lambda s: s[0],
    )
)
def test_what_a_spreadsheet_writes_is_read_back(stations):
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    for number, name, cameras in stations:
        writer.writerow(
            {"number": number, "name": name, "region": "osh", "cameras": "|".join(cameras)}
        )
    listed = read_station_list(file.getvalue().encode())
    assert listed.bad_lines == ()
    assert [
        (i.station.number, i.station.name, list(i.station.cameras)) for i in listed.stations
    ] == stations


def send(client, text: str, **query: object):
    return client.post(
        "/api/v1/stations/import",
        params=query,
        content=text.encode(),
        headers={"content-type": "text/csv"},
    )


def counts(services) -> tuple[int, int]:
    with services.transaction() as session:
        return session.query(StationRow).count(), session.query(CameraRow).count()


async def test_a_list_is_taken_whole(admin, services):
    report = (await send(admin, GOOD)).json()
    assert (report["is_applied"], report["created"]) == (True, 2)
    assert counts(services) == (2, 3)


async def test_a_dry_run_says_the_same_and_changes_nothing(admin, services):
    report = (await send(admin, GOOD, dry_run=True)).json()
    assert (report["is_applied"], report["created"]) == (False, 2)
    assert counts(services) == (0, 0)


async def test_one_bad_line_keeps_the_whole_list_out(admin, services):
    bad = GOOD + "3,School 3,atlantis,online,a\n"
    dry = await send(admin, bad, dry_run=True)
    assert (dry.status_code, dry.json()["bad_lines"][0]["line"]) == (200, 4)
    answer = await send(admin, bad)
    assert answer.status_code == 400
    [fault] = answer.json()["bad_lines"]
    assert (fault["line"], fault["column"]) == (4, "region")
    assert counts(services) == (0, 0)


async def test_the_list_can_be_sent_again_with_changes(admin, services):
    await send(admin, GOOD)
    changed = GOOD.replace("School 1", "Lyceum 1").replace("hall", "hall|door")
    report = (await send(admin, changed)).json()
    assert (report["created"], report["changed"], report["unchanged"]) == (0, 2, 0)
    report = (await send(admin, changed)).json()
    assert (report["created"], report["changed"], report["unchanged"]) == (0, 0, 2)
    assert counts(services) == (2, 4)


async def test_cameras_that_a_list_renames_or_adds_are_on_record(admin):
    await send(admin, GOOD)
    await send(admin, GOOD.replace("hall", "gym|door"))
    log = await admin.get("/api/v1/access-log", params={"action": "station_changed"})
    assert [row["detail"] for row in log.json()] == [
        "station 2: changed",
        "station 2: registered",
        "station 1: registered",
    ]


async def test_a_list_reaches_into_the_admins_regions_alone(people, services):
    admin = people.client(Role.ADMIN, "osh")
    answer = await send(admin, GOOD)
    assert answer.json()["bad_lines"][0]["column"] == "region"
    assert counts(services) == (0, 0)
