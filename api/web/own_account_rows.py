"""The rows of the table of one's own tokens."""

from datetime import datetime

from api.own_account import TokenView
from api.web.tables import Cell, Column
from api.web.zones import COUNTRY_ZONE
from core.ui.catalogue import Texts
from core.ui.spelling import moment

TOKEN_COLUMNS = (
    Column(key="name", name="table.name"),
    Column(key="made", name="own.token.made_at"),
    Column(key="ends", name="own.token.ends"),
    Column(key="action", name="table.action"),
)


def token_row(token: TokenView, now_utc: datetime, texts: Texts) -> tuple[Cell, ...]:
    """One token, and the way to end it."""
    return (
        Cell(text=token.label),
        Cell(text=moment(token.created_utc, COUNTRY_ZONE, texts), instant=token.created_utc),
        _end(token, now_utc, texts),
        Cell(text=texts("own.token.revoke"), href=f"/account/tokens/{token.id}/revoke"),
    )


def end_words(token: TokenView, now_utc: datetime, texts: Texts) -> str:
    """Until when a token is good, or since when it no longer is."""
    if token.expires_utc is None:
        return texts("own.token.endless")
    time = moment(token.expires_utc, COUNTRY_ZONE, texts)
    return time if token.expires_utc > now_utc else texts("own.token.ended", time=time)


def _end(token: TokenView, now_utc: datetime, texts: Texts) -> Cell:
    has_ended = token.expires_utc is not None and token.expires_utc <= now_utc
    text = end_words(token, now_utc, texts)
    return Cell(text=text, tone="idle" if has_ended else "", instant=token.expires_utc)
