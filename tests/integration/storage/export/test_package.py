"""Exports of real encoded footage, checked with ffmpeg, PyAV, unzip's rules and sha256sum."""

import hashlib
import subprocess
from datetime import timedelta
from pathlib import Path

import av
import pytest

from core.footage import GapCause
from evidence.chain import check_follows
from evidence.entry import check_signature, read_entry
from tests.fakes.cmaf import FFMPEG
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over
from tests.integration.storage.export.conftest import record, record_around_a_full_disk


def packets(path: Path) -> dict[str, list[str]]:
    """The digest of every packet, by kind of stream."""
    found: dict[str, list[str]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size:
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                found.setdefault(packet.stream.type, []).append(digest)
    return found


def frame_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [float(f.pts * stream.time_base) for f in container.decode(stream)]


def test_a_clip_is_the_original_bytes_in_an_ordinary_mp4(
    export, ingest, station, footage, tmp_path
):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    folder, manifest = export(0, 6)

    [clip] = manifest["clips"]
    path = folder / clip["file"]
    data = path.read_bytes()
    assert data[4:8] == b"ftyp"
    for segment, original in zip(clip["segments"], footage.segments, strict=True):
        piece = data[segment["offset"] : segment["offset"] + segment["size_bytes"]]
        assert piece == original
        assert hashlib.sha256(piece).hexdigest() == segment["sha256"]

    assert packets(path) == packets(footage.path)
    times = frame_times(path)
    assert times == pytest.approx([n / 10 for n in range(60)])
    with av.open(str(path)) as container:
        assert container.start_time == 0
        assert container.duration == pytest.approx(6_000_000, abs=1)
        container.seek(3_000_000)
        frame = next(container.decode(video=0))
        assert float(frame.pts * frame.time_base) == pytest.approx(3.0)
    done = subprocess.run(
        [FFMPEG, "-v", "error", "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_picture_and_sound_keep_their_distance(export, ingest, station, footage):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    folder, manifest = export(2.5, 3)

    [clip] = manifest["clips"]
    assert [segment["number"] for segment in clip["segments"]] == [1]
    path = folder / clip["file"]
    assert frame_times(path) == pytest.approx([n / 10 for n in range(20)])
    assert first_sound_after_picture(path, 0) == pytest.approx(
        first_sound_after_picture(footage.path, 20), abs=1 / 44_100
    )


def first_sound_after_picture(path: Path, picture: int) -> float:
    """From the picture of this number to the first packet of sound that follows it."""
    with av.open(str(path)) as container:
        found = [(p.stream.type, p.pts * p.time_base) for p in container.demux() if p.size]
    pictures = sorted(time for kind, time in found if kind == "video")
    start = pictures[picture]
    return float(min(time for kind, time in found if kind == "audio" and time >= start) - start)


def test_sha256sum_agrees_with_everything_in_the_package(export, ingest, station, footage):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    folder, manifest = export(0, 6)

    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    present = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert present - listed == {"SHA256SUMS"}

    [clip] = manifest["clips"]
    segment = clip["segments"][1]
    command = f"tail -c +{segment['offset'] + 1} {clip['file']} | head -c {segment['size_bytes']}"
    sums = subprocess.run(
        f"{command} | sha256sum",
        shell=True,
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )
    assert sums.stdout.split()[0] == segment["sha256"]


def test_the_package_carries_the_signed_lines_and_who_took_it(
    export, ingest, station, footage, clock
):
    journal = station.journal()
    record(journal, footage)
    journal.gap(MORNING + timedelta(seconds=6), 4, GapCause.CAMERA_SILENT)
    hand_over(ingest, station, journal)
    folder, manifest = export(0, 10)

    lines = (folder / "evidence/entries.txt").read_text().splitlines()
    assert lines == journal.lines
    before = None
    for line in lines:
        entry = read_entry(line)
        check_signature(entry, station.key.public_key())
        check_follows(entry, before)
        before = entry
    assert (manifest["exporter"], manifest["reason"]) == ("auditor.osh", "complaint 17")
    assert manifest["camera"]["id"] == str(journal.camera_id)
    assert list(manifest["devices"]) == [str(journal.device_id)]
    spans = manifest["coverage"]["spans"]
    assert [(s["state"], s["cause"], s["said_by"]) for s in spans] == [
        ("recorded", None, None),
        ("gap", "camera_silent", "agent"),
    ]
    init = folder / manifest["clips"][0]["init"]["file"]
    assert init.read_bytes() == footage.init
    readme = (folder / "README.txt").read_text()
    assert all(word in readme for word in ("КЫРГЫЗЧА", "ПО-РУССКИ", "ENGLISH"))


def test_several_runs_and_holes_give_several_clips(export, ingest, station, footage, other_footage):
    journal = station.journal()
    record(journal, footage, numbers={0, 2})
    record(journal, other_footage, MORNING + timedelta(seconds=10))
    hand_over(ingest, station, journal)
    folder, manifest = export(0, 20)

    assert [len(clip["segments"]) for clip in manifest["clips"]] == [1, 1, 2]
    assert len({clip["file"] for clip in manifest["clips"]}) == 3
    lengths = [len(frame_times(folder / clip["file"])) for clip in manifest["clips"]]
    assert lengths == [20, 20, 40]
    assert [clip["start"] for clip in manifest["clips"]] == [
        "2026-11-24T08:00:00.000000Z",
        "2026-11-24T08:00:04.000000Z",
        "2026-11-24T08:00:10.000000Z",
    ]


def test_time_that_is_missing_inside_a_run_cuts_the_clip(export, ingest, station, footage):
    """A full disk: the agent writes nothing for a while and goes on with the next number."""
    journal = station.journal()
    record_around_a_full_disk(journal, footage)
    hand_over(ingest, station, journal)
    folder, manifest = export(0, 6)

    assert [s["state"] for s in manifest["coverage"]["spans"]] == ["recorded", "gap", "recorded"]
    assert [clip["start"][11:19] for clip in manifest["clips"]] == ["08:00:00", "08:00:04"]
    for clip in manifest["clips"]:
        path = folder / clip["file"]
        assert frame_times(path) == pytest.approx([n / 10 for n in range(20)])
        with av.open(str(path)) as container:
            assert container.duration == pytest.approx(2_000_000, abs=50_000)
            container.seek(1_500_000)
            frame = next(f for f in container.decode(video=0) if f.time >= 1.5)
            assert frame.time == pytest.approx(1.5)
