"""`/dev/components`: every component in every state, the picture to compare with."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.auth.current import anybody
from api.web.rendering import page, reader_of
from api.web.specimens import specimens

router = APIRouter(include_in_schema=False)


@router.get("/dev/components", dependencies=[Depends(anybody)])
def show_components(request: Request) -> Response:
    """Made from invented values; shows nothing of any station."""
    texts = reader_of(request).texts
    return page(request, "components.html", specimens(texts))
