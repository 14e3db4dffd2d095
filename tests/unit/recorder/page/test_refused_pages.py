"""What the station's page answers a browser and a program that cannot be given what they asked."""

from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest
from argon2 import PasswordHasher
from markupsafe import escape
from starlette.requests import Request

from core.errors import UnavailableError
from core.ui.catalogue import texts_in
from core.ui.languages import Language
from recorder.page.app import make_page
from recorder.page.pin_gate import OF_ADDRESS
from recorder.page.problems import answer_error
from tests.fakes.clock import FakeClock

STILL = f"/stills/{UUID(int=1)}.jpg"
PIN_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("482913")
WRONG = ("prometheus", "000000")


@pytest.fixture
async def client():
    """Whoever stands in the station's network."""
    state = SimpleNamespace(pin_hash=PIN_HASH, clock=FakeClock(), number="1042")
    transport = httpx.ASGITransport(make_page(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://station") as client:
        yield client


def a_browser(language):
    return {"accept": "text/html,*/*;q=0.8", "accept-language": f"{language.value},en;q=0.5"}


def words(language, name, **values):
    return str(escape(texts_in(language)(name, **values)))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("method", "path", "asked", "status", "names"),
    [
        ("GET", STILL, {}, 403, ("refused.pin", "refused.pin.now")),
        ("GET", "/metrics", {}, 401, ("refused.pin", "refused.pin.now")),
        ("GET", "/metrics", {"auth": WRONG}, 401, ("pin.title", "pin.wrong")),
        ("POST", "/pin", {"content": b"1" * 5000}, 400, ("refused.bad", "refused.bad.now")),
        ("POST", "/pin", {"content": b"\xff"}, 400, ("refused.bad", "refused.bad.now")),
        ("DELETE", "/", {}, 405, ("refused.bad", "refused.bad.now")),
        ("POST", "/nowhere", {}, 404, ("refused.nothing", "refused.nothing.now")),
    ],
)
async def test_a_browser_is_refused_in_its_language(
    client, language, method, path, asked, status, names
):
    answer = await client.request(method, path, headers=a_browser(language), **asked)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (status, "text/html")
    assert f'<html lang="{language.value}">' in answer.text
    assert all(words(language, name) in answer.text for name in names)
    assert f'href="/?lang={language.value}"' in answer.text


async def test_what_the_address_says_goes_before_the_browser(client):
    answer = await client.get(f"{STILL}?lang=ky", headers=a_browser(Language.EN))
    assert words(Language.KY, "refused.pin") in answer.text


async def test_too_many_wrong_pins_are_told_with_the_wait(client):
    for _ in range(OF_ADDRESS.free):
        await client.get("/metrics", auth=WRONG)
    answer = await client.get("/metrics", auth=WRONG, headers=a_browser(Language.RU))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    wait = texts_in(Language.RU)("unit.seconds", n=1)
    assert words(Language.RU, "pin.too_many", wait=wait) in answer.text


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [(UnavailableError("the disk is slow"), 503, "away"), (RuntimeError("secret"), 500, "broken")],
)
def test_what_fails_is_told_in_words_without_its_cause(error, status, name):
    headers = [(b"accept", b"text/html"), (b"accept-language", b"ky")]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    answer = answer_error(Request(scope), error)
    page = answer.body.decode()
    assert answer.status_code == status
    assert words(Language.KY, f"refused.{name}.now") in page
    assert str(error) not in page


async def test_a_program_is_given_a_problem(client):
    answer = await client.get(STILL, headers={"accept-language": "ky"})
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail", "kind", "code"}
    assert (told["status"], told["code"]) == (403, "pin_needed")


async def test_who_is_led_to_the_page_keeps_the_language_of_the_address(client):
    answer = await client.get("/wall?lang=ky", headers=a_browser(Language.EN))
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=ky")
