"""Index and store are bound to each other once, however many processes start together."""

from core.clock import SystemClock
from storage.identity import bind_archive
from storage.index.engine import make_engine, make_sessions
from storage.index.schema import upgrade
from storage.objects.disk import DiskStore


class WatchedStore(DiskStore):
    """Lets another process bind the pair between our look and our mark."""

    def __init__(self, root, before_get):
        super().__init__(root, reserve_bytes=0)
        self._before_get = before_get

    def get(self, key, *args, **kwargs):
        before_get, self._before_get = self._before_get, lambda: None
        before_get()
        return super().get(key, *args, **kwargs)


def test_a_process_that_comes_second_finds_the_archive_of_the_first(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/index.db")
    try:
        upgrade(engine)
        sessions, clock = make_sessions(engine), SystemClock()
        (tmp_path / "objects").mkdir()
        first = []

        def be_first():
            other = DiskStore(tmp_path / "objects", reserve_bytes=0)
            first.append(bind_archive(sessions, other, clock))

        store = WatchedStore(tmp_path / "objects", be_first)
        assert [bind_archive(sessions, store, clock)] == first
    finally:
        engine.dispose()
