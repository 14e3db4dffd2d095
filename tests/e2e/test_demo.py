"""`pollcam demo` as a newcomer meets it: ready, restarted, misused, killed."""

import signal
import socket
from datetime import UTC, datetime, timedelta

import ffmpeg
import httpx
import imageio_ffmpeg
import pytest

from tests.parts.demo import are_gone, command_of, end, refused, running_demo
from tests.waiting import wait_until

ROLES = ["admin", "operator", "auditor", "technician", "observer"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def demo(folder):
    with running_demo(folder) as running:
        yield running


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    picture = ffmpeg.input("testsrc2=size=320x180:rate=10", format="lavfi", t=8)
    made = picture.output(str(path), vcodec="libx264", pix_fmt="yuv420p", g=10, bf=0)
    ffmpeg.run(made, cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    return path


def test_it_says_once_where_everything_is(demo):
    assert len(demo.lines) == 1
    assert sorted(demo.facts) == ["accounts", "data_dir", "stations", "streamer", "url"]
    assert list(demo.facts["accounts"]) == ROLES
    modes = [station["mode"] for station in demo.facts["stations"]]
    assert modes == ["online", "online", "recording_only", "recording_only"]
    assert [len(station["cameras"]) for station in demo.facts["stations"]] == [2, 2, 2, 2]


def test_the_wall_shows_eight_cameras_and_none_stale(demo):
    with demo.client("operator") as operator:

        def is_well() -> bool:
            wall = operator.get("/api/v1/stations").raise_for_status().json()
            cameras = [camera for station in wall for camera in station["cameras"]]
            assert len(cameras) == 8
            online = [one for s in wall if s["mode"] == "online" for one in s["cameras"]]
            return (
                {camera["status"] for camera in cameras} == {"ok"}
                and all(is_recorded_now(camera) for camera in cameras)
                and all(camera["is_publishing"] for camera in online)
            )

        # A machine that starts all this may be late with a heartbeat now and then.
        wait_until(is_well, within_s=120, what="all are well at the same time")


def is_recorded_now(camera):
    age_s = camera["last_recorded_age_s"]
    return age_s is not None and age_s < 10


def test_live_cameras_are_published_with_a_smaller_stream_beside_the_whole(demo):
    online = [s for s in demo.facts["stations"] if s["mode"] == "online"]
    cameras = [camera["id"] for station in online for camera in station["cameras"]]
    wanted = [
        f'pollcam_streamer_picture_age_seconds{{camera_id="{camera}",stream="{stream}"}}'
        for camera in cameras
        for stream in ("main", "smaller")
    ]

    def are_there():
        text = httpx.get(f"{demo.facts['streamer']}/metrics", timeout=120).text
        return all(one in text for one in wanted)

    wait_until(are_there, within_s=60, what="both streams of each")


@pytest.mark.parametrize("role", ROLES)
def test_every_account_signs_in_by_password_and_by_token(demo, role):
    account = demo.facts["accounts"][role]
    body = {"user": account["user"], "password": account["password"]}
    signed_in = httpx.post(f"{demo.facts['url']}/api/v1/session", json=body, timeout=120)
    assert signed_in.json()["role"] == role
    with demo.client(role) as client:
        assert client.get("/api/v1/session").json()["role"] == role


def test_footage_of_an_online_station_reaches_the_archive(demo):
    camera = demo.facts["stations"][0]["cameras"][0]["id"]

    def is_recorded() -> bool:
        now = datetime.now(UTC)  # noqa: TID251 a person asks for the last minutes
        asked = {"start": (now - timedelta(minutes=5)).isoformat(), "end": now.isoformat()}
        with demo.client("auditor") as auditor:
            answer = auditor.get(f"/api/v1/cameras/{camera}/coverage", params=asked)
        spans = answer.raise_for_status().json()["spans"]
        return any(span["state"] == "recorded" for span in spans)

    wait_until(is_recorded, within_s=180, what="a segment is in the archive")


def test_each_station_has_its_own_page(demo):
    for station in demo.facts["stations"]:
        assert httpx.get(f"{station['page']}/healthz", timeout=120).is_success
        assert station["pin"].isdigit()


def test_a_part_that_dies_is_named_and_started_again(demo):
    number = demo.facts["stations"][3]["number"]
    agent = demo.part("agent", "run", str(config_of(demo, number)))
    agent.kill()
    sentence = f"the agent of station {number} was ended by SIGKILL"
    wait_until(lambda: sentence in demo.said.read_text(), within_s=60, what="it is named")
    assert (demo.folder / "logs" / f"station-{number}.log").stat().st_size > 0

    def is_back() -> bool:
        agents = [p for p in demo.family() if str(config_of(demo, number)) in command_of(p)]
        return bool(agents) and agents[0].pid != agent.pid

    wait_until(is_back, within_s=60, what="another agent runs")


def test_a_second_demo_in_the_same_folder_is_refused(demo):
    ended = refused(demo.folder)
    assert_one_sentence(ended, "in use by another demo")
    assert demo.process.poll() is None


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_one_sentence(refused(tmp_path / "data", "--port", port), f"port {port}")


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    assert_one_sentence(refused(tmp_path / "file" / "data"), "cannot be used")


def test_a_folder_at_its_limit_is_one_sentence(tmp_path):
    (tmp_path / "footage").write_bytes(bytes(2**20))
    assert_one_sentence(refused(tmp_path, "--limit-gib", "0.0005"), "more than 0.0005 GiB")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("{folder}/nothing.mp4", "no such file"),
        ("{folder}/text.mp4", "not video"),
        ("/dev/video97", "no such device"),
        ("rtsp://operator:hunter2@127.0.0.1:9/main", "the camera"),
        ("http://127.0.0.1/main", "no camera address"),
        ("test:x?colour=red", "colour"),
    ],
)
def test_a_camera_that_gives_nothing_is_one_sentence(tmp_path, address, said):
    (tmp_path / "text.mp4").write_text("This is no film. " * 100)
    ended = refused(tmp_path / "data", "--camera", address.format(folder=tmp_path))
    assert_one_sentence(ended, said)
    assert "hunter2" not in ended.stderr


def test_a_run_that_was_told_to_end_leaves_nothing_and_the_next_goes_on(demo, folder, film):
    take_out_of_use(demo, demo.facts["stations"][0])
    wait_until(lambda: len(demo.family()) >= 14, within_s=60, what="all its parts are there")
    family = demo.family()
    assert end(demo.process) == 0
    wait_until(lambda: are_gone(family), within_s=60, what="all its parts are gone")
    with running_demo(folder, "--stations", "1", "--camera", str(film)) as again:
        assert_same_stations(demo, again)
        assert_own_camera_records(again)
        again_family = again.family()
        again.process.send_signal(signal.SIGKILL)
        gone = "all parts of a demo that was killed are gone"
        wait_until(lambda: are_gone(again_family), within_s=60, what=gone)


def take_out_of_use(demo, station):
    """The station's first camera, as an admin does."""
    path = f"/api/v1/stations/{station['id']}/cameras/{station['cameras'][0]['id']}"
    with demo.client("admin") as admin:
        admin.patch(path, json={"is_active": False}).raise_for_status()


def assert_same_stations(before, after):
    first, known = after.facts["stations"][0], before.facts["stations"][0]
    assert (first["id"], first["cameras"]) == (known["id"], known["cameras"])
    with before.client("admin") as old:
        url = f"{after.facts['url']}/api/v1/session"
        assert old.get(url).status_code == 401
    with after.client("operator") as operator:
        wall = operator.get("/api/v1/stations").json()
    assert {station["id"] for station in wall} == {s["id"] for s in after.facts["stations"]}
    with after.client("admin") as admin:
        assert len(admin.get("/api/v1/devices").json()) == 5


def assert_own_camera_records(demo):
    own = demo.facts["stations"][1]["id"]
    with demo.client("operator") as operator:

        def records() -> bool:
            status = operator.get(f"/api/v1/stations/{own}/status").json()
            assert status["name"].endswith("film.mp4")
            return is_recorded_now(status["cameras"][0])

        wait_until(records, within_s=120, what="it records")


def assert_one_sentence(ended, said):
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert said in ended.stderr


def config_of(demo, number):
    return demo.folder / "stations" / number / "device-1" / "agent.toml"
