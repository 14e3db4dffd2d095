"""`make bench-on-demand`: how soon a station is live when it is wished for, and rests again."""

import argparse
import asyncio
import json
import statistics
import sys
from typing import Any

import httpx
from aiortc import RTCCertificate

from benchmarks.fanout.client import Client
from benchmarks.first_picture.__main__ import demo
from core.clock import SystemClock

_ASK_AGAIN_S = 0.3
_PICTURE_WITHIN_S = 30.0
_REST_WITHIN_S = 120.0
_STAY_S = 15.0
_CLOCK = SystemClock()


async def measure(facts: dict[str, Any], rounds: int) -> dict[str, object]:
    """Wish, watch, leave, wait for the rest; again."""
    account = facts["accounts"]["admin"]
    wishes_s, rests_s = [], []
    async with httpx.AsyncClient(base_url=facts["url"], timeout=20) as http:
        signed = await http.post("/api/v1/session", json=account)
        http.headers["x-csrf-token"] = signed.raise_for_status().json()["csrf_token"]
        station = next(s for s in facts["stations"] if s["mode"] == "online")
        path = f"/api/v1/stations/{station['id']}"
        (await http.patch(path, json={"live": "on_demand"})).raise_for_status()
        camera_id = station["cameras"][0]["id"]
        await _until_at_rest(http, path, camera_id)
        for number in range(rounds):
            client, wish_s, headers = await _wish(http, camera_id)
            await asyncio.sleep(_STAY_S * (1 + number))
            await client.leave(http, headers)
            left_s = _CLOCK.monotonic_s()
            await _until_at_rest(http, path, camera_id)
            wishes_s.append(wish_s)
            rests_s.append(_CLOCK.monotonic_s() - left_s)
            _say(f"picture after {wish_s:.2f} s, at rest {rests_s[-1]:.1f} s after the viewer")
    return {
        "wish_to_picture_s": [round(one, 2) for one in wishes_s],
        "wish_to_picture_median_s": round(statistics.median(wishes_s), 2),
        "viewer_left_to_rest_s": [round(one, 1) for one in rests_s],
    }


async def _wish(http: httpx.AsyncClient, camera_id: str) -> tuple[Client, float, dict[str, str]]:
    """As the page does it: a ticket, an offer, and again while nobody publishes."""
    began_s = _CLOCK.monotonic_s()
    certificate = RTCCertificate.generateCertificate()
    async with asyncio.timeout(_PICTURE_WITHIN_S):
        while True:
            ticket = (await http.get(f"/api/v1/cameras/{camera_id}/live")).raise_for_status().json()
            client = Client(certificate, is_filtered=False)
            headers = {"authorization": f"Bearer {ticket['token']}"}
            try:
                await client.watch(http, ticket["whep_url"], headers)
            except httpx.HTTPStatusError as error:
                await client.vanish()
                if error.response.status_code not in (409, 503):
                    raise
                await asyncio.sleep(_ASK_AGAIN_S)
                continue
            while not client.arrivals.pictures:  # noqa: ASYNC110 counted by its DTLS
                await asyncio.sleep(0.01)
            return client, _CLOCK.monotonic_s() - began_s, headers


async def _until_at_rest(http: httpx.AsyncClient, path: str, camera_id: str) -> None:
    async with asyncio.timeout(_REST_WITHIN_S):
        while True:
            station = (await http.get(f"{path}/status")).raise_for_status().json()
            if not next(c for c in station["cameras"] if c["id"] == camera_id)["is_publishing"]:
                return
            await asyncio.sleep(0.5)


def main() -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with demo(1) as facts:
        figures = asyncio.run(measure(facts, asked.rounds))
    print(json.dumps(figures))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
