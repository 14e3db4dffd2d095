"""What the streamer tells of a camera that is watched, and what it never tells."""

import re

from prometheus_client.parser import text_string_to_metric_families

from core.live_token import LiveAction
from tests.parts.sdp_offers import SDP, viewer_offer
from tests.waiting import until, until_answer

NAME = "pollcam_streamer_"
LABELS = {"stream", "camera_id", "cause", "protocol", "status", "reason", "fate", "le", "worker"}
WORDS = re.compile(r"[a-z_]+|[0-9]{3}|\+Inf|[0-9.]+")


async def scraped(http):
    text = (await http.get("/metrics")).raise_for_status().text
    return text, {f.name: f for f in text_string_to_metric_families(text)}


def of_camera(families, name, camera_id, **labels):
    wanted = {"camera_id": str(camera_id), **labels}
    found = [s.value for s in families[NAME + name].samples if wanted.items() <= s.labels.items()]
    return found[0] if found else None


def counted(families, name):
    return next(s.value for s in families[NAME + name].samples if s.name.endswith("_count"))


async def test_a_watched_camera_is_told_with_its_viewers_their_links_and_its_losses(
    http, published, viewers
):
    async with viewers(published, count=2) as watching:
        for viewer in watching:
            await until(lambda v=viewer: len(v.pictures) > 30, within_s=60, what="pictures come")

        def is_told(told):
            _, families = told
            return (
                counted(families, "first_report_seconds") >= 2
                and of_camera(families, "thinned_viewers", published) == 0
                and of_camera(families, "ingest_bits_per_second", published) > 10_000
            )

        _, families = await until_answer(
            lambda: scraped(http),
            is_told,
            within_s=60,
            what="both viewers' first reports are counted, and what comes in",
        )
    assert of_camera(families, "viewers", published) == 2
    assert of_camera(families, "pictures", published) > 30
    assert 0 <= of_camera(families, "viewer_loss_ratio", published) <= 1
    assert 0 <= of_camera(families, "viewer_loss_worst_ratio", published) <= 1
    assert of_camera(families, "picture_age_seconds", published) >= 0
    for cause in ("ingest_lost", "ingest_malformed", "ingest_incomplete", "send_refused"):
        assert of_camera(families, "drops", published, cause=cause) >= 0
    assert counted(families, "first_media_seconds") == 2
    assert counted(families, "first_report_seconds") == 2


async def test_no_label_carries_an_address_a_token_or_an_account(
    streamer, http, published, viewers
):
    """Whatever was asked of it before, by whoever."""
    token = streamer.token(published, LiveAction.VIEW, "an-account")
    async with viewers(published) as (viewer,):
        await until(lambda: viewer.pictures, within_s=60, what="a picture comes")
        for bearer in (f"Bearer {token}x", "Bearer x", "Basic YWRtaW46YWRtaW4=", ""):
            headers = {**SDP, "authorization": bearer, "x-forwarded-for": "203.0.113.9"}
            await http.post(f"/whep/{published}", content=viewer_offer(), headers=headers)
        await http.get(f"/whep/{token}")
        text, families = await scraped(http)
    session = viewer.location.rsplit("/", 1)[1]
    for secret in (token, "203.0.113.9", "127.0.0.1", "an-account", "somebody", session):
        assert secret not in text
    for family in families.values():
        for sample in family.samples:
            assert set(sample.labels) <= LABELS, sample
            values = {v for k, v in sample.labels.items() if k != "camera_id"}
            assert all(WORDS.fullmatch(value) for value in values), sample
