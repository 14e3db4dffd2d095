"""What the demo decides before and while it runs."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from cli.__main__ import make_parser
from cli.demo.country import GivenCamera, planned
from cli.demo.folder import Folder, exhaustion, locked, refusal
from cli.demo.options import options_of
from cli.demo.readiness import missing
from cli.demo.stations import Opening, Server, enrolled_cameras, known_station, with_server
from cli.demo.telling import Ready, ReadyCamera, ReadyStation, as_json, as_text
from core.errors import SettingsError
from core.station import StationMode
from recorder.sources.pattern import read_pattern

GIB = 2**30
CONFIG = 'server = "http://127.0.0.1:1"\nlisten = "127.0.0.1:2"\n\n[[cameras]]\nname = "server"\n'


def wanted(*words):
    return options_of(make_parser().parse_args(["demo", *words]))


@pytest.mark.parametrize(
    "words",
    [
        ("--stations", "-1"),
        ("--stations", "51"),
        ("--stations", "0"),
        ("--port", "65536"),
        ("--port", "-1"),
        ("--limit-gib", "0"),
        ("--limit-gib", "inf"),
        ("--limit-gib", "nan"),
    ],
)
def test_what_cannot_be_is_refused_by_the_option_s_name(words):
    with pytest.raises(SettingsError, match=words[0]):
        wanted(*words)


def test_without_options_it_is_four_stations_here():
    options = wanted()
    assert (options.stations, options.port) == (4, 8080)
    assert options.folder == Path("demo-data").absolute()


@pytest.mark.parametrize(("count", "online"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_the_first_half_of_the_stations_is_online(count, online):
    modes = [station.mode for station in planned(count, ())]
    assert modes == [StationMode.ONLINE] * online + [StationMode.RECORDING_ONLY] * (count - online)


def test_many_stations_have_numbers_and_cameras_of_their_own():
    stations = planned(50, ())
    assert len({station.number for station in stations}) == 50
    sources = [source for station in stations for source in station.sources]
    assert len({read_pattern(source.removeprefix("test:")).name for source in sources}) == 100


def test_a_camera_given_is_a_station_that_every_run_finds_again():
    camera = GivenCamera(address="rtsp://me:hunter2@10.0.0.5/main", is_live=True)
    (first,), (second,) = planned(0, [camera]), planned(0, [camera])
    assert first == second
    assert first.mode is StationMode.ONLINE
    assert "hunter2" not in first.name


def test_a_smaller_stream_that_is_given_is_published_where_the_station_is_live():
    address, substream = "rtsp://10.0.0.5/main", "rtsp://10.0.0.5/sub"
    live, recording = planned(
        0,
        [GivenCamera(address=address, substream=substream, is_live=live) for live in (True, False)],
    )
    assert (live.smaller, recording.smaller) == ((substream,), ())


def test_the_same_camera_given_twice_is_two_stations():
    camera = GivenCamera(address="film.mp4", is_live=False)
    numbers = {station.number for station in planned(0, [camera, camera])}
    assert len(numbers) == 2


def camera(position=1, **changes):
    seen = {"status": "ok", "last_recorded_age_s": 1.0, "is_publishing": True}
    return {"position": position, **seen, **changes}


def station(*cameras, mode="online", number="1042"):
    return {"number": number, "mode": mode, "cameras": list(cameras)}


def test_it_is_ready_when_all_record_and_the_online_ones_are_live():
    silent = station(camera(is_publishing=False), mode="recording_only", number="3001")
    assert missing([station(camera()), silent], {"1042": 1, "3001": 1}) == ()


def test_what_somebody_added_by_hand_is_not_waited_for():
    added = station(camera(status="unknown"), number="2077")
    wall = [station(camera(), camera(position=2, status="unknown")), added]
    assert missing(wall, {"1042": 1}) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "unknown"}, "not heard of"),
        ({"last_recorded_age_s": None}, "does not record"),
        ({"last_recorded_age_s": 11.0}, "does not record"),
        ({"is_publishing": False}, "not live"),
    ],
)
def test_a_camera_that_is_not_there_yet_is_named(changes, said):
    (lack,) = missing([station(camera(), camera(position=2, **changes))], {"1042": 2})
    assert "1042 camera 2" in lack
    assert said in lack


def test_a_camera_that_shows_the_dark_is_no_reason_to_wait():
    assert missing([station(camera(status="failing"))], {"1042": 1}) == ()


def test_cameras_that_are_not_on_the_wall_are_counted():
    assert missing([], {"1042": 8}) == ("8 cameras are not on the wall",)


@pytest.mark.parametrize(
    ("free", "used", "said"), [(2 * GIB - 1, 0, "full"), (9 * GIB, 3 * GIB + 1, "--limit-gib")]
)
def test_it_does_not_begin_where_it_could_not_go_on(free, used, said):
    assert said in refusal(Path("data"), free, used, 3 * GIB)


def test_it_begins_where_there_is_room():
    assert refusal(Path("data"), 2 * GIB, 3 * GIB, 3 * GIB) is None


@pytest.mark.parametrize(
    ("free", "used", "said"), [(GIB - 1, 0, "free"), (9 * GIB, 3 * GIB + 1, "limit of 3 GiB")]
)
def test_it_ends_before_the_disk_is_full(free, used, said):
    assert said in exhaustion(free, used, 3 * GIB)


def test_it_goes_on_while_there_is_room():
    assert exhaustion(GIB, 3 * GIB, 3 * GIB) is None


def test_a_folder_is_for_one_demo_at_a_time(tmp_path):
    with (
        locked(tmp_path / "data"),
        pytest.raises(SettingsError, match="in use"),
        locked(tmp_path / "data"),
    ):
        pass
    with locked(tmp_path / "data") as (folder, _):
        assert folder.logs.is_dir()


def test_a_device_is_told_the_addresses_of_this_run():
    moved = with_server(CONFIG, Server(url="http://127.0.0.1:8080", page_port=8088))
    assert moved == CONFIG.replace("127.0.0.1:1", "127.0.0.1:8080").replace(
        "127.0.0.1:2", "127.0.0.1:8088"
    )


def test_a_device_that_is_enrolled_anew_has_an_address_for_every_camera_in_use():
    (plan,) = planned(1, ())
    used = [(3, "Двор", True), (1, "", True), (2, "", True), (4, "", False)]
    cameras = [{"position": p, "name": n, "is_active": is_active} for p, n, is_active in used]
    first, second, added = enrolled_cameras(plan, {"cameras": cameras})
    assert (first.address, second.address) == plan.sources
    assert read_pattern(added.address.removeprefix("test:")).name == "Двор"


def test_a_live_station_has_a_smaller_stream_of_each_camera_in_use():
    live, recording = planned(2, [])
    cameras = [
        {"position": 1, "name": "", "is_active": False},
        {"position": 2, "name": "", "is_active": True},
    ]
    (camera,) = enrolled_cameras(live, {"cameras": cameras})
    assert camera.substream == live.smaller[1]
    (camera,) = enrolled_cameras(recording, {"cameras": cameras})
    assert camera.substream is None


class Registered:
    """The control API's registry, where the station has one camera."""

    async def registered(self, plan, _known_id):
        cameras = [{"id": "2", "position": 1, "name": "", "is_active": True}]
        facts = {"number": plan.number, "name": plan.name, "mode": plan.mode.value}
        return {"id": str(UUID(int=1)), "cameras": cameras, **facts}

    async def enrolment(self, _record):
        return "a-token", "012345"


@dataclass
class Watched:
    """Starts nothing, and keeps what anybody could see of it."""

    folder: Folder
    visible: str = ""
    typed: str = ""

    async def output_of(self, arguments, settings, *, typed):
        self.visible, self.typed = repr((arguments, settings)), typed
        return ""


async def test_no_process_of_the_demo_shows_a_camera_s_password(tmp_path):
    camera = GivenCamera(
        address="rtsp://me:hunter2@10.0.0.5/main",
        substream="rtsp://me:hunter2@10.0.0.5/sub",
        is_live=True,
    )
    launcher = Watched(Folder(root=tmp_path))
    launcher.folder.stations.mkdir()
    (plan,) = planned(0, [camera])
    server = Server(url="http://127.0.0.1:8080", page_port=8088)
    ready, _ = await Opening(Registered(), launcher, frozenset()).open(plan, server)
    assert ready.pin == "012345"
    assert "hunter2" not in launcher.visible
    assert "--publish-both" in launcher.visible
    assert launcher.typed == f"{camera.address} substream={camera.substream}\n"


def test_cameras_may_be_listed_in_a_file(tmp_path):
    listed = tmp_path / "cameras.txt"
    listed.touch(mode=0o600)
    listed.write_text(
        "rtsp://me:hunter2@10.0.0.5/main substream=rtsp://10.0.0.5/sub\n/dev/video0\n"
    )
    options = wanted("--stations", "0", "--camera", "film.mp4", "--cameras-from", str(listed))
    given = [(camera.address, camera.substream) for camera in options.cameras]
    assert given == [
        ("film.mp4", None),
        ("rtsp://me:hunter2@10.0.0.5/main", "rtsp://10.0.0.5/sub"),
        ("/dev/video0", None),
    ]


def test_a_damaged_note_names_what_to_remove(tmp_path):
    (tmp_path / "station.json").write_text("{")
    with pytest.raises(SettingsError, match="remove"):
        known_station(tmp_path)


READY = Ready(
    url="http://127.0.0.1:8080",
    streamer="http://127.0.0.1:8081",
    folder=Path("data"),
    passwords={"admin": "secret-of-admin"},
    tokens={"admin": "pct_1"},
    stations=[
        ReadyStation(
            id="1",
            number="1042",
            name="Школа № 5",
            mode=StationMode.RECORDING_ONLY,
            page="http://127.0.0.1:8088",
            pin="012345",
            cameras=(ReadyCamera(id="2", position=1, name="Урны"),),
        )
    ],
)


def test_people_read_one_line_and_two_tables():
    lines = as_text(READY).splitlines()
    assert lines[0] == "pollcam is ready: http://127.0.0.1:8080"
    assert sum("pollcam is ready" in line for line in lines) == 1
    assert any("admin" in line and "secret-of-admin" in line for line in lines)
    assert any("1042" in line and "012345" in line and ":8088" in line for line in lines)


def test_programs_read_one_line():
    text = as_json(READY)
    assert "\n" not in text
    facts = json.loads(text)
    account = {"user": "admin", "password": "secret-of-admin", "token": "pct_1"}
    assert facts["accounts"] == {"admin": account}
    assert facts["stations"][0]["cameras"] == [{"id": "2", "position": 1, "name": "Урны"}]
