import socket

import pytest

from recorder.service_notice import ServiceNotice


@pytest.fixture
def manager(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener, {"NOTIFY_SOCKET": str(tmp_path / "notify")}


def test_the_service_manager_hears_of_start_life_and_end(manager):
    listener, environ = manager
    notice = ServiceNotice(environ)
    notice.ready()
    notice.alive()
    notice.stopping()
    said = [listener.recv(100) for _ in range(3)]
    assert said == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_an_abstract_socket_is_reached_too():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0pollcam-notice-test")
        listener.settimeout(5)
        ServiceNotice({"NOTIFY_SOCKET": "@pollcam-notice-test"}).ready()
        assert listener.recv(100) == b"READY=1"


def test_a_manager_that_is_not_there_or_not_listening_is_no_trouble(tmp_path):
    ServiceNotice({}).ready()
    ServiceNotice({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()
