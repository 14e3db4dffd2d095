"""How the parts of one process are put together, and what is left of a start that fails."""

from contextlib import suppress
from pathlib import Path

import pytest

from api.settings import ApiSettings
from api.wiring import make_services
from core.errors import SettingsError
from storage.objects.disk import DiskStore
from tests.fakes.clock import FakeClock


@pytest.fixture
def settings(tmp_path, new_sqlite_index):
    """Of an API whose key others may read, which is found when index and store are open."""
    new_sqlite_index(tmp_path / "index.db")
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "live.key").touch(mode=0o644)
    return ApiSettings(data_dir=tmp_path)


def open_files_below(folder):
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            found.append(descriptor.readlink())
    return [path for path in found if path.is_relative_to(folder)]


def test_a_start_that_fails_leaves_no_connection_to_the_index(settings, tmp_path):
    with pytest.raises(SettingsError, match="read by others"):
        make_services(settings, FakeClock())
    assert open_files_below(tmp_path) == []


def test_a_start_that_fails_closes_the_store(settings, monkeypatch):
    closed = []

    class WatchedStore(DiskStore):
        def close(self) -> None:
            closed.append(self)

    settings.data_dir.joinpath("objects").mkdir()
    store = WatchedStore(settings.data_dir / "objects")
    monkeypatch.setattr("api.wiring.make_store", lambda *_: store)
    with pytest.raises(SettingsError):
        make_services(settings, FakeClock())
    assert closed == [store]


def test_services_that_are_closed_leave_nothing_open(settings, tmp_path):
    (tmp_path / "keys" / "live.key").unlink()
    services = make_services(settings, FakeClock())
    assert open_files_below(tmp_path) != []
    services.close()
    assert open_files_below(tmp_path) == []
