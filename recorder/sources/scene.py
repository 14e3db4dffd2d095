"""The room that a test pattern shows: drawn once, then people walk through it."""

from typing import Any

import ffmpeg

from recorder.sources.pattern import Pattern

Stream = Any
"""A node of a filter graph; ffmpeg-python has no types."""

_WALL_SHARE = 0.52
_GRAIN = 8


def room(pattern: Pattern) -> Stream:
    """One picture of an empty polling station: wall, floor, booths, table, ballot box."""
    picture = _blank(pattern, pattern.width, pattern.height).filter("format", "yuv420p")
    depth = "(Y/H-0.42)"
    tiles = f"mod(floor(5*(X/W-0.5)/{depth})+floor(1.6/{depth}),2)"
    wall = "168-40*hypot(X/W-0.4,Y/H-0.1)"
    floor = f"96+34*{tiles}+40*(Y/H-{_WALL_SHARE})"
    blue, red = _tint(pattern)
    picture = picture.filter(
        "geq",
        lum=f"if(lt(Y,H*{_WALL_SHARE}),{wall},{floor})+{_GRAIN}*random(0)",
        cb=blue,
        cr=red,
    )
    for box in _furniture(pattern):
        picture = _drawn(picture, pattern, *box)
    return picture


def with_people(picture: Stream, pattern: Pattern) -> Stream:
    """Let two people walk there; each picture's time decides where they are."""
    width, height = pattern.width, pattern.height
    speed = 0.05 + pattern.seed % 7 * 0.01
    across = f"mod(t*{speed}+{pattern.seed % 11 / 11},1.3)-0.15"
    to_the_box = f"0.24+0.11*sin(t*{speed}*6)"
    behind = _person(pattern, round(height * 0.42), pattern.seed)
    before = _person(pattern, round(height * 0.56), pattern.seed >> 8)
    picture = _overlaid(picture, behind, f"{width}*({across})", f"{height}*0.30")
    return _overlaid(picture, before, f"{width}*({to_the_box})", f"{height}*0.34")


def _furniture(pattern: Pattern) -> list[tuple[float, float, float, float, str]]:
    """Left, top, width and height as shares of the picture, and a colour."""
    curtain = ("0x7a2f3a", "0x2f4f7a", "0x3a6a45", "0x6a5a2f")[pattern.seed % 4]
    booths = [
        box
        for left in (0.58, 0.72, 0.86)
        for box in (
            (left, 0.20, 0.12, 0.40, "0xd8d2c4"),
            (left + 0.012, 0.24, 0.096, 0.36, curtain),
            (left + 0.05, 0.24, 0.005, 0.36, "0x202020"),
        )
    ]
    window = [(0.06, 0.17, 0.18, 0.22, "0xe8f0f4"), (0.148, 0.17, 0.006, 0.22, "0x808890")]
    table = [(0.62, 0.70, 0.34, 0.04, "0x8a6a48"), (0.64, 0.74, 0.30, 0.15, "0x6a4e34")]
    ballot_box = [
        (0.42, 0.62, 0.15, 0.24, "0xc8d8e4"),
        (0.43, 0.64, 0.13, 0.20, "0xa4bccc"),
        (0.45, 0.635, 0.09, 0.012, "0x202830"),
    ]
    return [*window, *booths, *table, *ballot_box]


def _tint(pattern: Pattern) -> tuple[int, int]:
    """Chroma of wall and floor: cameras are told apart at a glance."""
    return 116 + pattern.seed % 23, 118 + (pattern.seed >> 5) % 21


def _blank(pattern: Pattern, width: int, height: int) -> Stream:
    source = f"color=c=gray:s={width}x{height}:r={pattern.fps}:d={1 / pattern.fps:.6f}"
    return ffmpeg.input(source, format="lavfi")


def _drawn(
    picture: Stream,
    pattern: Pattern,
    left: float,
    top: float,
    width: float,
    height: float,
    colour: str,
) -> Stream:
    return picture.filter(
        "drawbox",
        x=round(left * pattern.width),
        y=round(top * pattern.height),
        w=max(1, round(width * pattern.width)),
        h=max(1, round(height * pattern.height)),
        color=colour,
        t="fill",
    )


def _person(pattern: Pattern, height: int, seed: int) -> Stream:
    """Head, body and legs on nothing, so that the room is seen around them."""
    width = height * 2 // 5 // 2 * 2
    head = "lt(hypot(X-W/2,Y-H*0.12)/W,0.23)"
    body = "lt(pow(abs((X-W/2)/(W*0.46)),3)+pow(abs((Y-H*0.43)/(H*0.23)),3),1)"
    legs = "between(Y,H*0.6,H)*between(abs(X-W/2),W*0.05,W*0.26)"
    clothes = 50 + seed % 90
    lum = f"if({head},150,if({body},{clothes}+30*X/W,44))"
    shape = f"255*gt({head}+{body}+{legs},0)"
    drawn = _blank(pattern, width, height // 2 * 2).filter("format", "yuva420p")
    return drawn.filter(
        "geq",
        lum=lum,
        cb=f"if(lt(Y,H*0.25),112,{96 + seed % 64})",
        cr=f"if(lt(Y,H*0.25),146,{100 + seed // 64 % 56})",
        a=shape,
    )


def _overlaid(picture: Stream, person: Stream, x: str, y: str) -> Stream:
    return picture.overlay(person, x=x, y=y, format="yuv420", eof_action="repeat")
