"""What one node may carry, with its work spread over two processes."""

import asyncio
import signal
from datetime import timedelta

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.live_token import LiveAction
from tests.parts.crew import ON_WORKER, running_crew
from tests.parts.sdp_offers import SDP, offer, viewer_offer
from tests.parts.whep_viewer import ANSWERS_S, WhepViewer, is_let_in, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until, until_answer

HERE, THERE = ON_WORKER[0][0], ON_WORKER[1][0]


@pytest.fixture
async def crew():
    async with running_crew(
        node="east", viewers_max=2, publications_max=2, publications_per_device_max=2
    ) as begun:
        yield begun


@pytest.fixture
async def http(crew):
    async with httpx.AsyncClient(base_url=crew.url, timeout=ANSWERS_S) as client:
        yield client


@pytest.fixture
def publish(crew, http):
    """Offers to publish; nothing is ever sent."""

    async def post(camera_id, token=None):
        token = token or crew.token(camera_id, LiveAction.PUBLISH, f"device of {camera_id}")
        headers = {**SDP, "authorization": f"Bearer {token}"}
        answer = await http.post(f"/whip/{camera_id}", content=offer(), headers=headers)
        answer.token = token
        return answer

    return post


async def refusals(crew):
    text = (await crew.get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    return {
        (s.labels["reason"], s.labels["status"]): s.value
        for s in families["pollcam_streamer_refusals"].samples
        if s.name.endswith("_total") and s.labels["worker"] == "front"
    }


async def test_a_limit_counts_the_sessions_of_all_workers_and_forgets_those_that_left(
    crew, http, publish
):
    first, second = await publish(HERE), await publish(THERE)
    assert (first.status_code, second.status_code) == (201, 201)
    for other in (ON_WORKER[0][1], ON_WORKER[1][1]):
        refused = await publish(other)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
    bearer = {"authorization": f"Bearer {first.token}"}
    assert (await http.delete(first.headers["location"], headers=bearer)).status_code == 200
    # The seat at one worker is free for a camera of the other.
    await until_answer(
        lambda: publish(ON_WORKER[1][1]), is_let_in, within_s=60, what="the seat is free"
    )


async def test_requests_to_running_sessions_count_for_all_workers_together():
    async with (
        running_crew(requests_per_s=0.5) as crew,
        httpx.AsyncClient(base_url=crew.url, timeout=ANSWERS_S) as http,
    ):

        async def begun(camera_id):
            bearer = crew.bearer(camera_id, LiveAction.PUBLISH, "a station")
            answer = await http.post(
                f"/whip/{camera_id}", content=offer(), headers={**SDP, **bearer}
            )
            assert answer.status_code == 201
            return answer.headers["location"], bearer

        async def changed(place, bearer):
            return (await http.patch(place, content="", headers=bearer)).status_code

        here, there = await begun(HERE), await begun(THERE)

        async def is_refused_there():
            while 429 not in await asyncio.gather(*(changed(*here) for _ in range(4))):
                continue
            return await changed(*there) == 429

        # By itself the other worker would let all of three pass. Who is held gets some back.
        assert any([await is_refused_there() for _ in range(3)])
        assert (await refusals(crew))["too_many_requests", "429"] >= 2


async def test_an_offer_that_its_worker_refuses_takes_no_seat(crew, http):
    for _ in range(4):
        token = crew.token(HERE, LiveAction.PUBLISH)
        headers = {**SDP, "authorization": f"Bearer {token}"}
        assert (await http.post(f"/whip/{HERE}", content="v=0", headers=headers)).status_code == 400
        again = await http.post(f"/whip/{HERE}", content=offer(), headers=headers)
        assert again.status_code == 201
        gone = await http.delete(again.headers["location"], headers=headers)
        assert gone.status_code == 200


async def test_the_seats_of_a_killed_worker_are_free_and_its_spent_tokens_stay_spent(crew, publish):
    first, second = await publish(HERE), await publish(THERE)
    assert (first.status_code, second.status_code) == (201, 201)
    killed = crew.workers()[0]
    killed.kill()

    def is_started_again() -> bool:
        pids = {worker.pid for worker in crew.workers()}
        return len(pids) == 2 and killed.pid not in pids

    await until(is_started_again, within_s=60, what="it is started again")
    replayed = await publish(HERE, first.token)
    assert replayed.status_code == 403
    await until_answer(
        lambda: publish(ON_WORKER[0][1]), is_let_in, within_s=60, what="the seat is free"
    )


async def test_tokens_that_are_no_good_are_refused_and_counted_by_reason(crew, http, publish):
    spent = (await publish(HERE)).token
    bad = {
        ("unauthenticated", 401): "no token at all",
        ("expired_token", 401): crew.token(
            HERE, LiveAction.PUBLISH, lifetime=timedelta(seconds=-60)
        ),
        ("wrong_camera", 403): crew.token(THERE, LiveAction.PUBLISH),
        ("wrong_purpose", 403): crew.token(HERE, LiveAction.VIEW),
        ("wrong_node", 403): crew.token(HERE, LiveAction.PUBLISH, node="west"),
        ("replayed_token", 403): spent,
    }
    for (_, status), token in bad.items():
        assert (await publish(HERE, token)).status_code == status
    counted = await refusals(crew)
    assert {(r, str(s)): 1.0 for r, s in bad}.items() <= counted.items()
    here = crew.token(HERE, LiveAction.PUBLISH, node="east")
    assert (await publish(HERE, here)).status_code == 201


async def test_those_who_watch_go_on_while_others_are_turned_away(crew, http, film, monkeypatch):
    keep_instead_of_decode(monkeypatch)
    async with (
        ffmpeg_publishing(crew, HERE, film),
        ffmpeg_publishing(crew, THERE, film),
        WhepViewer(crew, HERE) as one,
        WhepViewer(crew, THERE) as another,
    ):
        await crew.until_published(HERE)
        await crew.until_published(THERE)
        watching = one, another
        for viewer in watching:
            await viewer.join()
            await until(lambda v=viewer: v.pictures, within_s=60, what="a picture comes")
        seen = [len(viewer.pictures) for viewer in watching]
        for camera_id in (HERE, THERE) * 20:
            headers = {**SDP, **crew.bearer(camera_id, LiveAction.VIEW, "a crowd")}
            refused = await http.post(f"/whep/{camera_id}", content=viewer_offer(), headers=headers)
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
        for viewer, before in zip(watching, seen, strict=True):
            await until(
                lambda viewer=viewer, before=before: len(viewer.pictures) > before + 30,
                within_s=60,
                what="pictures go on",
            )


async def test_workers_whose_front_is_killed_end_by_themselves(crew):
    workers = crew.workers()
    crew.process.send_signal(signal.SIGKILL)
    await crew.process.wait()
    await until(
        lambda: not any(is_running(worker) for worker in workers), within_s=60, what="they end"
    )


def is_running(worker):
    try:
        return worker.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
