"""`/api/v1/incidents`: what a person must see, and what they say of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.incident_views import IncidentView, incident_views
from api.parameters import Comment
from api.services import Use
from api.v1 import V1
from core.errors import BadInputError, NotFoundError
from storage.index.registry_tables import IncidentRow
from storage.registry.incidents import (
    acknowledge_incident,
    add_comment,
    get_incident,
    list_incidents,
)
from storage.registry.stations import get_station

router = APIRouter(prefix=f"{V1}/incidents", tags=["incidents"])

Seer = Annotated[Account, Depends(require(Right.SEE_INCIDENTS))]
Handler = Annotated[Account, Depends(require(Right.HANDLE_INCIDENTS))]


class EmptyCommentError(BadInputError):
    """A comment that says nothing."""


class Remark(BaseModel):
    """What somebody has to say."""

    comment: Comment = ""


@router.get("")
def show_incidents(
    services: Use,
    account: Seer,
    *,
    only_open: Annotated[bool, Query(alias="open")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[IncidentView]:
    """The newest incidents of the account's regions."""
    with services.transaction() as session:
        rows = list_incidents(session, account.regions, limit, only_open=only_open)
        return incident_views(session, rows)


@router.post("/{incident_id}/acknowledge")
def acknowledge(incident_id: UUID, remark: Remark, services: Use, account: Handler) -> IncidentView:
    """Take an incident on; whoever was first stays named, and the answer says who it was."""
    with services.transaction() as session:
        row = _visible(session, account, incident_id)
        acknowledge_incident(session, row, account.account_id, services.now_utc)
        if remark.comment:
            add_comment(session, row, account.user, remark.comment, services.now_utc)
        return incident_views(session, [row])[0]


@router.post("/{incident_id}/comments")
def comment(incident_id: UUID, remark: Remark, services: Use, account: Handler) -> IncidentView:
    """Add a remark; earlier ones stay."""
    if not remark.comment:
        raise EmptyCommentError("the comment is empty")
    with services.transaction() as session:
        row = _visible(session, account, incident_id)
        add_comment(session, row, account.user, remark.comment, services.now_utc)
        return incident_views(session, [row])[0]


def _visible(session: Session, account: Account, incident_id: UUID) -> IncidentRow:
    row = get_incident(session, incident_id)
    if row.station_id is not None:
        account.must_see(get_station(session, row.station_id).region, "incident")
    elif account.regions:
        raise NotFoundError("there is no such incident")
    return row
