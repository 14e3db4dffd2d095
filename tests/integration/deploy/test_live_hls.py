"""Five hundred viewers of one camera, behind the deployment's own nginx."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from api.auth.rights import Role
from core.clock import SystemClock
from tests.fakes.hls import read_playlist
from tests.fakes.station import register
from tests.integration.deploy.tools import tool
from tests.parts import nginx as parts
from tests.parts.control_api import PASSWORD, ControlApi, running_api
from tests.parts.nginx import SERVER_NAME, Nginx
from tests.unit.api.test_footage import hand_over
from tests.waiting import PATIENCE_S, until

VIEWERS, CONNECTIONS, ROUNDS = 500, 10, 2


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[ControlApi]:
    public = f"https://{SERVER_NAME}"
    with running_api(
        tmp_path_factory.mktemp("api"), public_url=public, trusted_proxies="127.0.0.1"
    ) as served:
        yield served


@pytest.fixture(scope="module")
def nginx(api, tmp_path_factory) -> Iterator[Nginx]:
    laid_out = parts.lay_out(tmp_path_factory.mktemp("nginx"), api_port=api.port)
    with parts.running(tool("nginx", "nginx"), laid_out):
        yield laid_out


@pytest.fixture(scope="module")
def live_url(api, nginx) -> str:
    """Of a camera whose archive ends a few seconds ago; as an operator's page is given it."""
    services = api.services
    station = register(services)
    journal = station.journal()
    run = journal.start(start_utc=services.now_utc - timedelta(seconds=65))
    for number in range(6):
        journal.segment(run, number, content=b"%d" % number * 20_000)
    hand_over(services, station, journal)
    with httpx.Client(base_url=f"http://127.0.0.1:{api.port}", timeout=PATIENCE_S) as client:
        sign_in = {"user": api.add_account(Role.OPERATOR), "password": PASSWORD}
        signed = client.post("/api/v1/session", json=sign_in)
        cookie = signed.headers["set-cookie"].partition(";")[0]
        path = f"/api/v1/cameras/{station.camera_ids[0]}/live"
        ticket = client.get(path, headers={"cookie": cookie}).json()
    return nginx.url + urlsplit(ticket["hls_url"]).path


def client_of(nginx) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=str(nginx.folder / "pollcam/certificate.pem"))
    return httpx.AsyncClient(verify=context, timeout=PATIENCE_S)


def asked(api, ending) -> float:
    """How often the API was asked for something of live HLS."""
    [family] = api.app.state.metrics.requests.collect()
    return sum(
        s.value
        for s in family.samples
        if s.name.endswith("_total") and s.labels["route"].endswith(ending)
    )


async def test_they_cost_the_api_no_more_than_two_playlists_a_second(api, nginx, live_url):
    clock = SystemClock()

    async def watch(viewers):
        """So many of them, over one connection."""
        async with client_of(nginx) as http:
            for number in range(viewers * ROUNDS):
                answer = await http.get(live_url)
                assert answer.status_code == 200, answer.text
                playlist = read_playlist(answer.text)
                if number < viewers:
                    for name in (playlist.parts[-1].uri, playlist.parts[-1].map_uri):
                        found = await http.get(urljoin(live_url, name))
                        assert found.status_code == 200

    began_s = clock.monotonic_s()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CONNECTIONS):
            tasks.create_task(watch(VIEWERS // CONNECTIONS))
    lasted_s = clock.monotonic_s() - began_s
    assert asked(api, "/live.m3u8") <= 2 * lasted_s + 1
    assert asked(api, "/{segment_id}.m4s") == asked(api, "/{run_id}.mp4") == 1
    print(f"{VIEWERS * ROUNDS} playlists in {lasted_s:.1f} s, {asked(api, '/live.m3u8'):.0f} asked")


async def test_the_right_in_the_path_is_in_no_log(nginx, live_url):
    signature = live_url.split("/")[-2]
    async with client_of(nginx) as http:
        assert (await http.get(live_url)).status_code == 200
    await until(lambda: "/(right)" in nginx.access_log, within_s=PATIENCE_S, what="it is logged")
    assert signature not in nginx.access_log


async def test_a_path_that_nobody_gave_out_is_refused_each_time(api, nginx, live_url):
    wrong = live_url.replace(live_url.split("/")[-2], "A" * 24)
    before = asked(api, "/live.m3u8")
    async with client_of(nginx) as http:
        for _ in range(3):
            assert (await http.get(wrong)).status_code == 403
    assert asked(api, "/live.m3u8") == before + 3
