"""The commands of the auditor's guide, run in a package whose clip somebody manipulated."""

import hashlib
import subprocess
from datetime import timedelta
from pathlib import Path

import av
import pytest

from storage.export.readme import PROVEN_FILM
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over
from tests.integration.storage.export.conftest import record
from tests.waiting import PATIENCE_S

GUIDE = Path(__file__).parents[4] / "docs/guides/auditor.md"


def pictures(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [
            hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest()
            for frame in container.decode(video=0)
        ]


@pytest.fixture
def package(export, ingest, station, footage):
    """The folder of an unpacked export, and its one clip."""
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    folder, manifest = export(0, 6)
    [clip] = manifest["clips"]
    return folder, clip


def prove(folder: Path, run: str) -> str:
    """What the documented commands say."""
    done = subprocess.run(
        ["sh", "-c", PROVEN_FILM.replace("RUN=…", f"RUN={run}")],
        cwd=folder,
        capture_output=True,
        check=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stderr == ""
    return done.stdout


def leave_out_two_seconds(clip: Path, timescale: int, movie_timescale: int) -> None:
    """Change the edit list of the picture, as a manipulator does."""
    data = bytearray(clip.read_bytes())
    place = data.find(b"elst", data.rfind(b"moov"))
    length = int.from_bytes(data[place + 12 : place + 20])
    start = int.from_bytes(data[place + 20 : place + 28])
    data[place + 12 : place + 20] = (length - 2 * movie_timescale).to_bytes(8)
    data[place + 20 : place + 28] = (start + 2 * timescale).to_bytes(8)
    clip.write_bytes(data)


def remake_sums(folder: Path) -> None:
    names = [line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    command = ["sha256sum", *names]
    made = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=PATIENCE_S)
    (folder / "SHA256SUMS").write_bytes(made.stdout)


def test_signed_bytes_alone_show_what_a_changed_index_hides(package, footage):
    folder, clip = package
    path = folder / clip["file"]
    original = pictures(footage.path)
    assert pictures(path) == original
    with av.open(str(path)) as container:
        timescale = container.streams.video[0].time_base.denominator
    data = path.read_bytes()
    header = data.rfind(b"mvhd")
    movie_timescale = int.from_bytes(data[header + 24 : header + 28])
    leave_out_two_seconds(path, timescale, movie_timescale)
    remake_sums(folder)

    assert len(pictures(path)) < len(original)
    checked = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    assert subprocess.run(checked, cwd=folder, capture_output=True, check=False).returncode == 0
    assert prove(folder, clip["run"]) == ""
    assert pictures(folder / f"proven-{clip['run']}.mp4") == original


def test_a_segment_that_was_changed_or_left_out_is_named(package):
    folder, clip = package
    path = folder / clip["file"]
    data = bytearray(path.read_bytes())
    data[clip["segments"][1]["offset"] + 2000] ^= 1
    path.write_bytes(data)
    assert prove(folder, clip["run"]) == "segment 1 was signed, and is not here\n"


def test_a_neighbour_that_shares_a_moment_with_an_honest_package_is_not_missed(
    export, ingest, station, footage
):
    journal = station.journal()
    run = journal.start(MORNING, footage.init)
    starts = [sum(footage.seconds[:n]) - 0.001 * n for n in range(len(footage.segments))]
    for number, content in enumerate(footage.segments):
        start_utc = MORNING + timedelta(seconds=starts[number])
        seconds = footage.seconds[number]
        journal.segment(run, number, seconds=seconds, content=content, start_utc=start_utc)
    hand_over(ingest, station, journal)
    folder, manifest = export(starts[1] + 0.5, starts[1] + 0.6)
    assert [one["number"] for one in manifest["clips"][0]["segments"]] == [1]
    assert prove(folder, str(run.run_id)) == ""


def test_another_beginning_is_named(package):
    folder, clip = package
    init = folder / clip["init"]["file"]
    init.write_bytes(init.read_bytes() + b"\0\0\0\x08free")
    assert "the beginning is not the one that was signed" in prove(folder, clip["run"])


def test_package_and_guide_give_the_same_commands(package):
    folder, _ = package
    assert f"```sh\n{PROVEN_FILM}```" in GUIDE.read_text(encoding="utf-8")
    assert (folder / "README.txt").read_text(encoding="utf-8").endswith(PROVEN_FILM)
