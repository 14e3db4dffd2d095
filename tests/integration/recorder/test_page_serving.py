"""The page's socket under bad circumstances. No camera is needed for that."""

import socket
import threading
from contextlib import ExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from recorder.page import connection
from recorder.page.connection import CONNECTIONS_MAX
from recorder.page.serving import serve
from tests.parts.station_page import serving
from tests.waiting import wait_until


async def hello(_request):
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


def served(listen):
    return serving(lambda told: serve(APP, listen, on_listening=told))


def says_hello(url):
    try:
        return httpx.get(url, timeout=5).text == "hello"
    except httpx.TransportError:
        return False


def listening(ports):
    wait_until(lambda: bool(ports), within_s=15, what="it listens")
    return ports[0]


def test_an_address_in_use_is_taken_as_soon_as_it_is_free():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with served(f"127.0.0.1:{port}") as ports:
            assert ports == []
            other.close()
            assert listening(ports) == port
            assert says_hello(f"http://127.0.0.1:{port}")


def test_one_socket_takes_both_kinds_of_addresses():
    with served("[::]:0") as ports:
        port = listening(ports)
        assert says_hello(f"http://127.0.0.1:{port}")
        assert says_hello(f"http://[::1]:{port}")


def test_signals_stay_the_agents():
    before = {number: signal_handler(number) for number in ("SIGINT", "SIGTERM")}
    with served("127.0.0.1:0") as ports:
        listening(ports)
        assert {number: signal_handler(number) for number in before} == before


def signal_handler(name):
    import signal

    return signal.getsignal(getattr(signal, name))


def test_a_stopped_page_leaves_its_address_at_once():
    with served("127.0.0.1:0") as ports:
        port = listening(ports)
        with httpx.Client() as client:
            assert client.get(f"http://127.0.0.1:{port}").text == "hello"
    with socket.create_server(("127.0.0.1", port)):
        assert [t.name for t in threading.enumerate() if t.name == "page"] == []


def test_connections_that_ask_nothing_are_few_and_do_not_last(monkeypatch):
    monkeypatch.setattr(connection, "ASKS_WITHIN_S", 1.0)
    with served("127.0.0.1:0") as ports, ExitStack() as stack:
        port = listening(ports)
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            for _ in range(CONNECTIONS_MAX + 20)
        ]
        refused = [one for one in idle[CONNECTIONS_MAX:] if is_hung_up(one)]
        assert len(refused) == 20
        assert all(is_hung_up(one) for one in idle)
        assert says_hello(f"http://127.0.0.1:{port}")


def is_hung_up(one):
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "rubbish", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\nX: " + b"x" * 70000]
)
def test_rubbish_is_refused_and_the_page_goes_on(rubbish):
    with served("127.0.0.1:0") as ports:
        port = listening(ports)
        with socket.create_connection(("127.0.0.1", port), timeout=15) as one:
            one.sendall(rubbish + b"\r\n\r\n")
            assert one.recv(100).startswith(b"HTTP/1.1 400")
        assert says_hello(f"http://127.0.0.1:{port}")
