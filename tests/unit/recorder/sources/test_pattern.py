"""What a `test:` address may ask for."""

import io
import subprocess

import av
import ffmpeg
import imageio_ffmpeg
import pytest

from core.errors import SettingsError
from recorder.sources.address import SourceKind, read_address
from recorder.sources.pattern import Pattern, read_pattern
from recorder.sources.test_pattern import _with_steady_time, pattern_command


def test_every_option_may_be_left_out():
    expected = Pattern(name="1042/1", width=640, height=360, fps=15, gop=30, kbps=400)
    assert read_pattern("1042/1") == expected


def test_options_are_read():
    expected = Pattern(name="1042/1", width=320, height=180, fps=25, gop=10, kbps=900)
    assert read_pattern("1042/1?size=320x180&fps=25&gop=10&kbps=900") == expected


def test_a_keyframe_comes_every_two_seconds_at_any_rate():
    assert read_pattern("x?fps=25").gop == 50


def test_a_name_may_hold_what_an_address_may_not():
    assert read_pattern("%D0%A3%D0%98%D0%9A 7%3F 50%25").name == "УИК 7? 50%"


def test_a_camera_without_a_name_has_one_to_show():
    assert read_pattern("").name == "test"


def test_two_cameras_do_not_look_alike():
    first, second = (pattern_command(read_pattern(f"1042/{n}?fps=15")) for n in (1, 2))
    assert sum(a != b for a, b in zip(first, second, strict=True)) > 0


def numbers_of(shown: str) -> list[int]:
    """Of thirty pictures that show these times, made as fast as can be."""
    drawn = ffmpeg.input("color=size=64x36:rate=15:duration=2", f="lavfi")
    timed = drawn.filter("setpts", f"({shown})/(15*TB)")
    film = _with_steady_time(timed, read_pattern("x?fps=15")).output(
        "pipe:1", format="nut", vcodec="rawvideo", fps_mode="passthrough"
    )
    command = ffmpeg.compile(film, cmd=imageio_ffmpeg.get_ffmpeg_exe())
    made = subprocess.run(command, check=True, capture_output=True)
    with av.open(io.BytesIO(made.stdout)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    return [round(15 * (p.pts * p.time_base)) for p in packets]


def test_pictures_are_numbered_one_by_one_while_the_time_they_show_keeps_to_their_rate():
    assert numbers_of("1000000+N+if(mod(N,2),9,0)") == list(range(30))


def test_a_camera_that_was_held_up_leaves_numbers_out_once():
    numbers = numbers_of("1000000+N+if(gte(N,10),45,0)")
    assert numbers == [*range(10), *range(55, 75)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("colour=red", "colour"),
        ("fps=0", "fps"),
        ("fps=61", "fps"),
        ("fps=many", "fps"),
        ("fps=１５", "fps"),
        ("gop=0", "gop"),
        ("kbps=-1", "kbps"),
        ("size=640", "height"),
        ("size=641x360", "even"),
        ("size=100x100", "width"),
    ],
)
def test_an_option_that_cannot_be_is_named(options, said):
    with pytest.raises(SettingsError, match=said):
        read_address(f"test:1042/1?{options}")


def test_an_address_that_can_be_is_a_test_camera():
    assert read_address("test:1042/1?fps=5").kind is SourceKind.TEST
