"""`/healthz`, `/readyz`, `/metrics` and the key that live tokens are checked with."""

from contextlib import suppress

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from api.auth.current import anybody
from api.services import Use
from api.signing_key import public_text
from core.errors import UnavailableError
from storage.index.schema import is_current
from storage.objects.port import ObjectMissingError

router = APIRouter(tags=["system"], dependencies=[Depends(anybody)])

_NO_KEY = "readiness-check"
"""Under which there is no object."""


class LiveKey(BaseModel):
    """The public half of the key that signs live tokens."""

    algorithm: str = "Ed25519"
    public_key: str
    """32 bytes, base64."""


@router.get("/healthz")
async def health() -> dict[str, str]:
    """Whether the process answers. Asks nobody else."""
    return {"status": "ok"}


@router.get("/readyz")
def readiness(services: Use) -> dict[str, str]:
    """Whether index and object store answer; 503 with the reason when not."""
    with services.transaction() as session:
        session.execute(text("SELECT 1"))
        if not is_current(services.engine):
            raise UnavailableError("the index has another version's schema: pollcam db upgrade")
    with suppress(ObjectMissingError):  # an answer is an answer
        services.store.stat(_NO_KEY)
    return {"status": "ready"}


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """For Prometheus."""
    content = generate_latest(request.app.state.metrics.registry)
    return Response(content, media_type=CONTENT_TYPE_LATEST)


@router.get("/api/v1/live-key")
def live_key(services: Use) -> LiveKey:
    """For streamers: what live tokens are checked with. Public by nature."""
    return LiveKey(public_key=public_text(services.live_key))
