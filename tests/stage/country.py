"""The stations of the stage, their moods, and a day of recordings."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import event

from api.auth.rights import Role
from core.clock import SystemClock
from core.footage import GapCause
from core.wire.heartbeat import Picture
from storage.registry.accounts import NewAccount, create_account
from storage.registry.stations import get_station
from tests.parts.control_api import PASSWORD, ControlApi, running_api
from tests.stage.footage import PIECE_S, film
from tests.stage.meanwhile import meanwhile
from tests.stage.station import Mood, StagedStation, enrol, with_mood

_HEARTBEAT_S = 4.0
_LINES = (
    ("1042", "Школа № 5", "bishkek_city", "ул. Токтогула, 120", "online", "+996 555 10 42 01"),
    ("1043", "Гимназия № 13", "bishkek_city", "просп. Манаса, 41", "online", "+996 555 10 43 01"),
    ("1044", "Маданият үйү", "bishkek_city", "Жибек Жолу, 7", "recording_only", ""),
    ("2017", "Кара-Суу мектеби", "osh", "Кара-Суу, Ленин көч., 3", "online", "+996 555 20 17 01"),
    ("2018", "Өзгөн лицейи", "osh", "Өзгөн, Манас көч., 15", "recording_only", "+996 555 20 18"),
    ("2019", "Алай мектеби", "osh", "Гүлчө айылы", "recording_only", "+996 555 20 19 01"),
    ("3001", "Ак-Суу клубу", "issyk_kul", "Ак-Суу айылы", "online", "+996 555 30 01 01"),
    ("3002", "Каракол, школа № 1", "issyk_kul", "ул. Гебзе, 122", "online", "+996 555 30 02 01"),
    ("4110", "Ат-Башы мектеби", "naryn", "Ат-Башы айылы", "recording_only", "+996 555 41 10 01"),
    ("5208", "Талас, школа № 4", "talas", "ул. Бердике Баатыра, 1", "online", "+996 555 52 08"),
    ("6312", "Сокулук, школа № 2", "chuy", "ул. Фрунзе, 98", "online", "+996 555 63 12 01"),
    ("6313", "Кант, школа № 3", "chuy", "ул. Ленина, 12", "online", "+996 555 63 13 01"),
    ("6314", "Токмок, гимназия № 1", "chuy", "ул. Гагарина, 5", "online", "+996 555 63 14 01"),
    ("3003", "Балыкчы, школа № 7", "issyk_kul", "ул. Фрунзе, 200", "online", "+996 555 30 03"),
    ("7405", "Баткен лицейи", "batken", "Раззаков көч., 20", "recording_only", "+996 555 74 05"),
)
_CAMERAS = ("Урны", "Стол выдачи бюллетеней")
TROUBLE = {
    "1043": Mood(pictures={2: Picture.COVERED}),
    "2017": Mood(is_silent=True),
    "2018": Mood(is_silent=True),
    "2019": Mood(is_silent=True),
    "3002": Mood(silent_cameras=(1,)),
    "5208": Mood(disk_hours=2.6, backlog_s=9000.0),
    "3003": Mood(pictures={1: Picture.FROZEN}, clock_offset_s=-41.0),
    "6313": Mood(pictures={1: Picture.DARK}),
    "6314": Mood(has_failed_disk=True),
}
GUEST = "aigul"
NEVER_SEEN = "4110"
"""Registered; its recorder was never enrolled."""


@dataclass(frozen=True, kw_only=True)
class Country:
    """A running centre with its stations."""

    api: ControlApi
    url: str
    stations: dict[str, StagedStation]
    """By number."""
    station_ids: dict[str, UUID]
    """Of all stations, also of the one that was never seen."""
    footage_utc: datetime
    """From here on station 1042 has footage that plays, for both cameras."""

    def set_calm(self, *, is_calm: bool) -> None:
        """All stations well, or each as `TROUBLE` has it."""
        set_moods(self.stations, {} if is_calm else TROUBLE)
        services = self.api.services
        with services.transaction() as session:
            get_station(session, self.station_ids[NEVER_SEEN]).is_active = not is_calm

    def camera(self, number: str, position: int) -> UUID:
        return self.stations[number].camera_ids[position - 1]


@contextmanager
def running_country(
    folder: Path, *, with_recordings: bool = True, **settings: object
) -> Iterator[Country]:
    """A country for the time of the block; each role is an account with `PASSWORD`."""
    with running_api(folder, **settings) as api:
        do_not_wait_for_disk(api)
        add_accounts(api)
        url = f"http://127.0.0.1:{api.port}"
        with httpx.Client(base_url=url, timeout=120) as http:
            stations, station_ids = _register(http)
            footage_utc = SystemClock().utc().replace(microsecond=0) - timedelta(minutes=30)
            _report(stations)
            set_moods(stations, TROUBLE)
            if with_recordings:
                record_day(stations, footage_utc)
            country = Country(
                api=api,
                url=url,
                stations=stations,
                station_ids=station_ids,
                footage_utc=footage_utc,
            )
            with (
                meanwhile(partial(_report, stations), every_s=_HEARTBEAT_S, name="heartbeats"),
                # No heartbeat waits for pictures: who is not heard of for 15 s is silent.
                meanwhile(partial(_send_stills, stations), every_s=_HEARTBEAT_S, name="stills"),
            ):
                yield country


def do_not_wait_for_disk(api: ControlApi) -> None:
    """The index does not outlive the stage: on a slow disk heartbeats would come too late."""

    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF").close()

    event.listen(api.services.engine, "connect", hurry)
    api.services.engine.dispose()


def add_accounts(api: ControlApi) -> None:
    """One account for each role, named as the role, and one to do things to."""
    services = api.services
    password_hash = services.passwords.make(PASSWORD)
    with services.transaction() as session:
        for user, role in [*((one.value, one) for one in Role), (GUEST, Role.OBSERVER)]:
            new = NewAccount(user=user, password_hash=password_hash, role=role.value)
            create_account(session, new, services.now_utc)


def _register(http: httpx.Client) -> tuple[dict[str, StagedStation], dict[str, UUID]]:
    credentials = {"user": Role.ADMIN.value, "password": PASSWORD}
    told = http.post("/api/v1/session", json=credentials).raise_for_status().json()
    proof = {"X-CSRF-Token": told["csrf_token"]}
    stations, station_ids = {}, {}
    for number, name, region, address, mode, phone in _LINES:
        body = {"number": number, "name": name, "region": region, "address": address,
                "mode": mode, "phone": phone, "cameras": _CAMERAS}  # fmt: skip
        made = http.post("/api/v1/stations", json=body, headers=proof).raise_for_status().json()
        station_ids[number] = UUID(made["id"])
        if number == NEVER_SEEN:
            continue
        path = f"/api/v1/stations/{made['id']}/enrolment-tokens"
        token = http.post(path, headers=proof).raise_for_status().json()["token"]
        stations[number] = enrol(http, token, UUID(made["id"]))
    http.cookies.clear()
    return stations, station_ids


def set_moods(stations: dict[str, StagedStation], moods: Mapping[str, Mood]) -> None:
    """How the stations are from now on; those not named are well."""
    for number, station in stations.items():
        with_mood(station, **vars(moods.get(number, Mood())))
    _report(stations)
    _send_stills(stations)


def _report(stations: dict[str, StagedStation]) -> None:
    for station in stations.values():
        station.report()


def _send_stills(stations: dict[str, StagedStation]) -> None:
    for station in stations.values():
        station.send_stills()


def record_day(stations: dict[str, StagedStation], footage_utc: datetime) -> None:
    """Station 1042 has a day with every kind of gap, and two minutes that play."""
    station = stations["1042"]
    for position in (1, 2):
        journal = station.journal(position)
        _record_filler(journal, footage_utc - timedelta(hours=4), footage_utc, position)
        _record_film(journal, footage_utc)
        journal.gap(footage_utc + timedelta(seconds=130), 95, GapCause.CAMERA_SILENT)
        _record_film(journal, footage_utc + timedelta(seconds=225))
        station.hand_over(journal)
    late = stations["5208"].journal(1)
    _record_filler(late, footage_utc - timedelta(hours=2), footage_utc, 1)
    stations["5208"].hand_over(late, without_bytes=True)


def _record_filler(journal, start_utc: datetime, end_utc: datetime, position: int) -> None:
    """Long pieces of no content: coverage to look at, not to play."""
    causes = [GapCause.AGENT_DIED, GapCause.CAMERA_UNREACHABLE, GapCause.DISK_FULL]
    cursor = start_utc + timedelta(minutes=7 * position)
    while cursor < end_utc:
        until = min(cursor + timedelta(minutes=62 + 11 * position), end_utc)
        run = journal.start(cursor)
        number = 0
        while cursor < until:
            seconds = min(300.0, (until - cursor).total_seconds())
            journal.segment(run, number, seconds=seconds, start_utc=cursor)
            cursor += timedelta(seconds=seconds)
            number += 1
        if cursor < end_utc:
            pause_s = 140.0 + 90 * len(causes)
            journal.gap(cursor, pause_s, causes.pop() if causes else GapCause.CLOCK_STEPPED)
            cursor += timedelta(seconds=pause_s)


def _record_film(journal, start_utc: datetime) -> None:
    made = film()
    run = journal.start(start_utc, init=made.init)
    for number, piece in enumerate(made.pieces):
        journal.segment(
            run, number, seconds=PIECE_S, content=piece,
            start_utc=start_utc + timedelta(seconds=PIECE_S * number),
        )  # fmt: skip
