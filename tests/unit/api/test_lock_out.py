"""Guesses shut strangers out, and not whoever has signed in from the same place before."""

import httpx
import pytest

from api.auth.rights import Role
from storage.index.registry_tables import KnownAddressRow
from storage.registry.known_addresses import KNOWN_FOR, MAX_KNOWN
from tests.unit.api.test_sign_in import WRONG, sign_in


@pytest.fixture
async def at(app, people):
    """A browser at an address."""

    def browser(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50000))
        people.clients.append(
            httpx.AsyncClient(transport=transport, base_url="http://pollcam.test")
        )
        return people.clients[-1]

    people.account(Role.ADMIN, user="chief")
    return browser


async def guess(browser, settings, user="chief"):
    answers = [
        (await sign_in(browser, user, WRONG)).status_code
        for _ in range(settings.login_failures_per_account + 1)
    ]
    assert (answers[0], answers[-1]) == (401, 429)


async def test_a_stranger_does_not_shut_out_who_has_signed_in_from_here_before(at, settings):
    office, elsewhere = at("10.0.0.1"), at("203.0.113.9")
    await sign_in(office, "chief")
    await guess(elsewhere, settings)
    assert (await sign_in(elsewhere, "chief")).status_code == 429
    assert (await sign_in(at("203.0.113.10"), "chief")).status_code == 429
    assert (await sign_in(office, "chief")).status_code == 200


async def test_an_address_that_is_known_waits_for_its_own_failures_alone(at, settings):
    office = at("10.0.0.1")
    await sign_in(office, "chief")
    await guess(office, settings)
    assert (await sign_in(office, "chief")).status_code == 429
    assert (await sign_in(at("10.0.0.2"), "chief")).status_code == 200


async def test_an_address_is_known_to_the_account_that_signed_in_there_alone(at, people, settings):
    people.account(Role.OPERATOR, user="other")
    office = at("10.0.0.1")
    await sign_in(office, "other")
    await guess(at("203.0.113.9"), settings)
    assert (await sign_in(office, "chief")).status_code == 429


async def test_a_wrong_password_makes_no_address_known(at, settings):
    office = at("10.0.0.1")
    await sign_in(office, "chief", WRONG)
    await guess(at("203.0.113.9"), settings)
    assert (await sign_in(office, "chief")).status_code == 429


async def test_only_the_newest_addresses_of_an_account_are_known(at, services, settings):
    for n in range(MAX_KNOWN + 1):
        assert (await sign_in(at(f"10.0.0.{n}"), "chief")).status_code == 200
    assert (await sign_in(at(f"10.0.0.{MAX_KNOWN}"), "chief")).status_code == 200
    with services.transaction() as session:
        assert session.query(KnownAddressRow).count() == MAX_KNOWN
    await guess(at("203.0.113.9"), settings)
    assert (await sign_in(at("10.0.0.0"), "chief")).status_code == 429
    assert (await sign_in(at("10.0.0.1"), "chief")).status_code == 200


async def test_an_address_from_which_nobody_came_for_long_is_forgotten(at, clock, settings):
    office = at("10.0.0.1")
    await sign_in(office, "chief")
    clock.advance(KNOWN_FOR.total_seconds())
    await guess(at("203.0.113.9"), settings)
    assert (await sign_in(office, "chief")).status_code == 429
