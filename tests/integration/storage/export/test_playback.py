"""Playlists and their objects, read over HTTP by libavformat's own HLS reader."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import av
import pytest

from core.footage import SegmentEnd
from core.timerange import TimeRange
from storage.index.footage_tables import RunRow, SegmentRow
from storage.playlist_text import Links
from storage.playlists import NothingPlayableError, load_event, load_live, load_vod
from tests.fakes.hls import read_playlist
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over
from tests.integration.storage.export.conftest import record, record_around_a_full_disk

LINKS = Links(segment="/{segment_id}.m4s", init="/{run_id}.mp4")


@pytest.fixture
def serve(sessions, store):
    """Serves a playlist and the objects it names; gives the playlist's address."""
    texts: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name, _, ending = self.path.strip("/").partition(".")
            content = texts[name].encode() if ending == "m3u8" else self.object(name, ending)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def object(self, name: str, ending: str) -> bytes:
            table = RunRow if ending == "mp4" else SegmentRow
            with sessions() as session:
                key = session.get_one(table, UUID(name)).object_key
            return b"".join(store.get(key))

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def publish(text: str) -> str:
        texts["list"] = text
        return f"http://127.0.0.1:{server.server_port}/list.m3u8"

    yield publish
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def asked(seconds: float) -> TimeRange:
    return TimeRange(MORNING, MORNING + timedelta(seconds=seconds))


def test_a_range_plays_from_its_playlist(serve, sessions, ingest, station, footage):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    with sessions() as session:
        text = load_vod(session, journal.camera_id, asked(6), LINKS)
    assert read_playlist(text).is_ended
    with av.open(serve(text)) as container:
        assert container.duration == pytest.approx(6_000_000, abs=100_000)
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == 60


def test_another_run_with_other_parameters_plays_on(
    serve, sessions, ingest, station, footage, other_footage
):
    journal = station.journal()
    record(journal, footage)
    record(journal, other_footage, MORNING + timedelta(seconds=10))
    hand_over(ingest, station, journal)
    with sessions() as session:
        text = load_vod(session, journal.camera_id, asked(20), LINKS)
    playlist = read_playlist(text)
    assert len({part.map_uri for part in playlist.parts}) == 2
    with av.open(serve(text)) as container:
        packets = sum(1 for packet in container.demux(video=0) if packet.size)
    assert packets == 60 + 40


def test_time_that_is_missing_inside_a_run_is_passed_over(
    serve, sessions, ingest, station, footage
):
    journal = station.journal()
    record_around_a_full_disk(journal, footage)
    hand_over(ingest, station, journal)
    with sessions() as session:
        text = load_vod(session, journal.camera_id, asked(6), LINKS)
    assert [part.is_discontinuity for part in read_playlist(text).parts] == [False, True]
    with av.open(serve(text)) as container:
        assert container.duration == pytest.approx(4_000_000, abs=100_000)
        assert sum(1 for _ in container.decode(video=0)) == 40


def test_a_live_playlist_follows_the_archive(sessions, ingest, station, footage, clock):
    journal = station.journal()
    camera_id = journal.camera_id
    with sessions() as session, pytest.raises(NothingPlayableError):
        load_event(session, camera_id, MORNING, MORNING, LINKS)
    record(journal, footage)
    clock.advance(6)
    hand_over(ingest, station, journal)
    with sessions() as session:
        playlist = read_playlist(load_event(session, camera_id, MORNING, clock.utc(), LINKS))
    assert (playlist.kind, len(playlist.parts), playlist.target_s) == ("EVENT", 3, 20)


def test_a_player_plays_the_sliding_playlist_from_its_first_segment_on(
    sessions, ingest, station, footage, clock, serve
):
    journal = station.journal()
    record(journal, footage)
    clock.advance(6)
    hand_over(ingest, station, journal)
    with sessions() as session:
        text = load_live(session, journal.camera_id, MORNING, clock.utc(), LINKS)
    assert read_playlist(text).kind == "live"
    with av.open(serve(text), options={"live_start_index": "0"}) as container:
        first = next(container.decode(video=0))
    assert first.key_frame


def test_a_range_without_footage_is_named_so(sessions, station):
    with sessions() as session, pytest.raises(NothingPlayableError):
        load_vod(session, station.camera_ids[0], asked(6), LINKS)


def test_playing_begins_on_a_keyframe_behind_an_overlong_segment(
    sessions, ingest, station, footage
):
    journal = station.journal()
    run = journal.start(init=footage.init)
    journal.segment(run, 0, seconds=2, content=footage.segments[0], end=SegmentEnd.OVERLONG)
    later = MORNING + timedelta(seconds=2)
    journal.segment(run, 1, seconds=2, content=footage.segments[1], start_utc=later)
    hand_over(ingest, station, journal)
    wanted = TimeRange(MORNING + timedelta(seconds=3), MORNING + timedelta(seconds=4))
    with sessions() as session:
        playlist = read_playlist(load_vod(session, journal.camera_id, wanted, LINKS))
    assert [part.date for part in playlist.parts] == [MORNING, later]
    assert playlist.start_s == 3
