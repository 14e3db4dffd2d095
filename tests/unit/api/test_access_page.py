"""The page of the access log: every row can be reached, and is told in the reader's language."""

import pytest

from api.web.access_words import detail_words
from core.ui.catalogue import texts_in
from core.ui.languages import Language
from storage.registry.access_log import Access, Action, log_access

RU = texts_in(Language.RU)
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("action", "detail", "told"),
    [
        ("station_changed", "station 1042: registered", "Зарегистрирован"),
        ("station_changed", "station 1042: camera 3 changed", "Камера 3 изменена"),
        ("account_changed", "aigul: made, observer", "aigul: создана, наблюдатель"),
        ("account_changed", "aigul: ", "aigul"),
        ("hold_placed", "00000000-0000-0000-0000-000000000000: дело 12: суд", "дело 12: суд"),
        ("playlist", "from 2026-11-24T02:00:00.000000Z on", "С 24 ноября 2026 г., 08:00:00 UTC+6"),
        ("download", "fe5efbb5-7eab-4f92", "fe5efbb5-7eab-4f92"),
        ("export", "made by hand: password", "made by hand: password"),
    ],
)
def test_what_was_done_is_told_in_the_readers_words(action, detail, told):
    assert detail_words(action, detail, RU).replace("\u202f", " ") == told


def test_whatever_is_written_down_of_a_station_or_an_account_has_words():
    for what in ("changed", "put into use", "taken out of use", "is_active", "code dropped"):
        for language in Language:
            said = detail_words("account_changed", f"a: {what}", texts_in(language))
            assert said != f"a: {what}" or language is Language.EN


async def test_rows_beyond_a_pages_length_are_reached(auditor, services):
    with services.transaction() as session:
        for number in range(1001):
            entry = Access(action=Action.SIGNED_IN, account_id=None, address=f"a{number}")
            log_access(session, entry, services.now_utc)
    newest = (await auditor.get("/access-log", headers=HTML)).text
    assert ">a1000<" in newest
    assert ">a0<" not in newest
    before = newest.split("/access-log?before=")[1].split('"')[0]
    oldest = (await auditor.get(f"/access-log?before={before}", headers=HTML)).text
    assert ">a0<" in oldest
    assert RU("access.older") in newest
    assert RU("access.older") not in oldest
