"""Records real footage from a real RTSP server for an hour, and compares every picture.

    python -m tests.integration.recorder.record_hour --minutes 60 --transport tcp

What `test_rtsp.py` does in a minute, as long as is asked for. Prints progress on standard error
and one JSON object as the last line of standard output; exit code 1 when a picture was lost.
"""

import argparse
import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from recorder.sources.address import Transport, read_address
from tests.parts.film import film_pictures, make_film
from tests.parts.recorder_station import RecorderStation
from tests.parts.rtsp import rtsp_camera
from tests.waiting import wait_until

FRAME_S = 0.1
REPORT_EVERY_S = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--transport", choices=[t.value for t in Transport], default="tcp")
    parser.add_argument("--segment-s", type=float, default=10.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="record-hour-") as name:
        film = make_film(Path(name) / "film.mp4", round(60 * chosen.minutes))
        station = record(film, Path(name) / "spool", chosen)
        found = compared(film, station.read("camera"))
    print(json.dumps(found))
    return 0 if found["is_whole"] else 1


def record(film: Path, spool: Path, chosen: argparse.Namespace) -> RecorderStation:
    """One session of the camera, to its end."""
    with rtsp_camera(f"file:{film}") as url:
        source = read_address(url, transport=Transport(chosen.transport))
        with RecorderStation(spool, {"camera": source}, segment_s=chosen.segment_s) as station:
            follow(station, 60 * chosen.minutes)
    return station


def follow(station: RecorderStation, film_s: float) -> None:
    counters = station.camera("camera").counters
    told = 0

    def is_over() -> bool:
        nonlocal told
        if counters.segments_total > told:
            told = counters.segments_total
            size_mib = counters.recorded_bytes_total / 2**20
            print(f"{told} segments, {size_mib:.1f} MiB", file=sys.stderr, flush=True)
        return counters.sessions_total > 1

    wait_until(is_over, within_s=film_s + 120, what="the film is over")


def compared(film: Path, reader) -> dict[str, object]:
    """The run's pictures against the film's, and its times against each other."""
    run = reader.runs()[0]
    segments = reader.segments(run.run_id)
    sent = [picture.units for picture in film_pictures(film)]
    kept = [picture.units for segment in segments for picture in reader.pictures(segment)]
    media_s = sum(segment.media_duration.total_seconds() for segment in segments)
    until_utc = segments[-1].range.end_utc - timedelta(seconds=FRAME_S)
    gaps = reader.missing_within(run.start_utc, until_utc)
    wall_s = (segments[-1].range.end_utc - run.start_utc).total_seconds()
    return {
        "pictures_sent": len(sent),
        "pictures_kept": len(kept),
        "segments": len(segments),
        "media_s": round(media_s, 3),
        "wall_minus_media_s": round(wall_s - media_s, 4),
        "gaps": len(gaps),
        "undecodable_segments": sum(reader.decoded(s) != s.frame_count for s in segments),
        "is_whole": kept == sent and not gaps and abs(media_s - FRAME_S * len(sent)) <= FRAME_S,
    }


if __name__ == "__main__":
    sys.exit(main())
