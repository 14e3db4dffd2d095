"""The page's socket under bad circumstances. No camera is needed for that."""

import asyncio
import select
import signal
import socket
import threading
from contextlib import ExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from recorder.page.connection import CONNECTIONS_MAX
from recorder.page.serving import serve
from tests.parts.station_page import serving
from tests.waiting import until, wait_until


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
    wait_until(lambda: bool(ports), within_s=30, what="it listens")
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


async def test_signals_stay_the_agents():
    ports = []
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with asyncio.TaskGroup() as tasks, httpx.AsyncClient() as http:
        task = tasks.create_task(
            serve(APP, "127.0.0.1:0", on_listening=lambda _, p: ports.append(p))
        )
        await until(lambda: bool(ports), within_s=30, what="it listens")
        assert (await http.get(f"http://127.0.0.1:{ports[0]}")).text == "hello"
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
        task.cancel()


def test_a_stopped_page_leaves_its_address_at_once():
    with served("127.0.0.1:0") as ports:
        port = listening(ports)
        with httpx.Client() as client:
            assert client.get(f"http://127.0.0.1:{port}").text == "hello"
    with socket.create_server(("127.0.0.1", port)):
        assert [t.name for t in threading.enumerate() if t.name == "page"] == []


def test_connections_that_ask_nothing_are_few_and_do_not_last():
    with served("127.0.0.1:0") as ports, ExitStack() as stack:
        port = listening(ports)
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            for _ in range(CONNECTIONS_MAX + 20)
        ]
        assert all(is_hung_up(one) for one in idle[CONNECTIONS_MAX:])
        assert select.select(idle[:CONNECTIONS_MAX], [], [], 0)[0] == []
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
