"""The page's socket under bad circumstances. No camera is needed for that."""

import asyncio
import select
import signal
import socket
import threading
from contextlib import ExitStack, suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from recorder.page import connection
from recorder.page.connection import CONNECTIONS_MAX
from recorder.page.serving import serve
from tests.parts.free_port import free_port
from tests.parts.station_page import serving
from tests.waiting import PATIENCE_S, until, wait_until


async def hello(_request):
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


def served(listen):
    return serving(lambda told: serve(APP, listen, on_listening=told))


def says_hello(url):
    try:
        return httpx.get(url, timeout=PATIENCE_S).text == "hello"
    except httpx.TransportError:
        return False


def listening(ports):
    wait_until(lambda: bool(ports), within_s=PATIENCE_S, what="it listens")
    return ports[0]


def test_an_address_in_use_is_taken_as_soon_as_it_is_free():
    port = free_port()
    address = f"127.0.0.1:{port}"
    with socket.create_server(("127.0.0.1", port)) as other, served(address) as ports:
        assert ports == []
        other.close()
        assert listening(ports) == port
        assert says_hello(f"http://{address}")


def test_one_socket_takes_both_kinds_of_addresses():
    with served("[::]:0") as ports:
        port = listening(ports)
        assert says_hello(f"http://127.0.0.1:{port}")
        assert says_hello(f"http://[::1]:{port}")


async def test_signals_stay_the_agents():
    ports = []
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with asyncio.TaskGroup() as tasks, httpx.AsyncClient(timeout=PATIENCE_S) as http:
        task = tasks.create_task(
            serve(APP, "127.0.0.1:0", on_listening=lambda _, p: ports.append(p))
        )
        await until(lambda: bool(ports), within_s=PATIENCE_S, what="it listens")
        assert (await http.get(f"http://127.0.0.1:{ports[0]}")).text == "hello"
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
        task.cancel()


def test_a_stopped_page_leaves_its_address_at_once():
    port = free_port()
    with served(f"127.0.0.1:{port}") as ports:
        listening(ports)
        with httpx.Client(timeout=PATIENCE_S) as client:
            assert client.get(f"http://127.0.0.1:{port}").text == "hello"
    with socket.create_server(("127.0.0.1", port)):
        assert [t.name for t in threading.enumerate() if t.name == "page"] == []


def test_connections_that_ask_nothing_are_few(monkeypatch):
    monkeypatch.setattr(connection, "ASKS_WITHIN_S", 3600.0)
    with served("127.0.0.1:0") as ports, ExitStack() as stack:
        address = ("127.0.0.1", listening(ports))
        idle = [stack.enter_context(connected(address)) for _ in range(CONNECTIONS_MAX + 20)]
        assert all(is_hung_up(one) for one in idle[CONNECTIONS_MAX:])
        assert select.select(idle[:CONNECTIONS_MAX], [], [], 0)[0] == []


def test_connections_that_ask_nothing_do_not_last(monkeypatch):
    monkeypatch.setattr(connection, "ASKS_WITHIN_S", 1.0)
    with served("127.0.0.1:0") as ports, ExitStack() as stack:
        address = ("127.0.0.1", listening(ports))
        idle = [stack.enter_context(connected(address)) for _ in range(CONNECTIONS_MAX)]
        assert all(is_hung_up(one) for one in idle)
        monkeypatch.undo()
        assert says_hello(f"http://127.0.0.1:{address[1]}")


def connected(address):
    return socket.create_connection(address, timeout=PATIENCE_S)


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
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as one:
            with suppress(ConnectionError):  # it may be refused before all of it is sent
                one.sendall(rubbish + b"\r\n\r\n")
            assert one.recv(100).startswith(b"HTTP/1.1 400")
        assert says_hello(f"http://127.0.0.1:{port}")
