"""The pages of one's own account, in the states that its owner meets."""

from collections.abc import Iterator
from datetime import timedelta

from playwright.sync_api import Page

from api.auth.rights import Role
from storage.registry.accounts import find_account
from storage.registry.api_tokens import NewToken, create_token, delete_all_tokens
from tests.stage.country import Country
from tests.stage.scene import ALL_LANGUAGES, Scene, opened

_LONG = "Статистика_трансляций_для_областных_комиссий_Кыргызстана"
"""Nobody leaves room for it."""
_TOKENS = ((_LONG, 400, 365), ("Табло, зал 2", 40, 365), ("curl", 0, None))
"""Name, made so many days ago, good for so many."""


def own_account() -> Iterator[Scene]:
    """Of an auditor; nothing here changes the password that the stage signs in with."""
    auditor = {"role": Role.AUDITOR, "languages": ALL_LANGUAGES}
    yield Scene(name="account", show=_with_tokens, **auditor)
    yield Scene(name="account-menu", role=Role.AUDITOR, show=_open_the_menu, is_whole=False)
    yield Scene(name="account-password-refused", show=_mistype_the_password, **auditor)
    yield Scene(name="account-token-refused", show=_ask_for_a_known_token, **auditor)
    yield Scene(name="account-token-made", show=_make_a_token, **auditor)
    yield Scene(name="account-token-revoke", show=_ask_to_revoke, **auditor)


def _with_tokens(page: Page, country: Country) -> None:
    _have_tokens(country)
    opened("/account", "#tokens-title")(page, country)


def _have_tokens(country: Country) -> None:
    services = country.api.services
    with services.transaction() as session:
        account_id = find_account(session, Role.AUDITOR.value).account_id
        delete_all_tokens(session, account_id)
        for label, ago_days, days in _TOKENS:
            made_utc = services.now_utc - timedelta(days=ago_days)
            expires_utc = made_utc + timedelta(days=days) if days else None
            new = NewToken(account_id=account_id, label=label, expires_utc=expires_utc)
            create_token(session, new, made_utc)


def _open_the_menu(page: Page, country: Country) -> None:
    opened("/account")(page, country)
    page.click(".menu summary")


def _mistype_the_password(page: Page, country: Country) -> None:
    opened("/account/password")(page, country)
    for name, typed in (("old", ""), ("new", "Wq7-zk"), ("again", "Wq7-zl")):
        page.fill(f"#{name}", typed)
    page.click("form .button.main")
    page.wait_for_selector("#new-fault")


def _ask_for_a_known_token(page: Page, country: Country) -> None:
    _have_tokens(country)
    _ask_for_token(page, country, "curl", "0")
    page.wait_for_selector("#label-fault")


def _make_a_token(page: Page, country: Country) -> None:
    _have_tokens(country)
    _ask_for_token(page, country, f"{_LONG}_2", "90")
    page.wait_for_selector("#token")


def _ask_for_token(page: Page, country: Country, label: str, days: str) -> None:
    opened("/account/tokens/new")(page, country)
    page.fill("#label", label)
    page.fill("#days", days)
    page.click("form .button.main")


def _ask_to_revoke(page: Page, country: Country) -> None:
    _with_tokens(page, country)
    page.click("td a >> nth=0")
    page.wait_for_selector("form .danger")
