"""The peer: a bare FastAPI route that checks a heartbeat as the API does, and keeps nothing."""

import argparse
import json
import sys
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI, Request

from core.clock import SystemClock
from core.device_token import check_device_token, claimed_device
from core.station import LiveMode, StationMode
from core.wire.heartbeat import DesiredConfig, HeartbeatReply, StationReport

_CONFIG = DesiredConfig(mode=StationMode.ONLINE, live=LiveMode.ALWAYS, segment_target_s=10.0)


def build_app(keys: Mapping[UUID, Ed25519PublicKey]) -> FastAPI:
    """The one route. On the loop itself: nothing in it waits, and a thread would cost more."""
    app, clock = FastAPI(), SystemClock()

    @app.post("/api/v1/agent/heartbeat")
    async def heartbeat(report: StationReport, request: Request) -> HeartbeatReply:  # noqa: ARG001 the body is validated
        _, _, token = request.headers["authorization"].partition(" ")
        check_device_token(token, keys[claimed_device(token)], clock.utc())
        return HeartbeatReply(server_utc=clock.utc(), config=_CONFIG)

    return app


def main() -> int:
    """Serve until told to end. Argument: a JSON file of public keys by device."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("keys", type=Path)
    asked = parser.parse_args()
    keys = {
        UUID(device): Ed25519PublicKey.from_public_bytes(b64decode(key))
        for device, key in json.loads(asked.keys.read_bytes()).items()
    }
    uvicorn.run(build_app(keys), port=asked.port, log_config=None, timeout_keep_alive=30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
