"""Reads what a simulated camera burns into its pictures: number and time, for certain or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from recorder.sources.burnt_in import BITS, COLUMNS, FRAME, ROWS, SHARE_OF_HEIGHT

_GREY = 128
_CLEAR = 40
"""A block nearer to grey is not believed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_BIT = 2

READ_VIDEO_JS = f"""
video => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  if (!canvas.width) return null;
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  pen.drawImage(video, 0, 0);
  const strip = canvas.height * {SHARE_OF_HEIGHT};
  const blocks = [];
  for (let row = 0; row < {ROWS}; row++)
    for (let column = 0; column < {COLUMNS}; column++) {{
      const x = (column + 0.5) * canvas.width / {COLUMNS};
      const y = canvas.height - strip + (row + 0.5) * strip / {ROWS};
      blocks.push(pen.getImageData(Math.floor(x), Math.floor(y), 1, 1).data[1]);
    }}
  return blocks;
}}
"""
"""For `page.locator("video").evaluate`: brightness of each block in the shown picture, or null
while there is none; `from_blocks` reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurntIn:
    """What one picture says of itself."""

    counter: int
    """Number of the picture since its session began."""
    time_utc: datetime
    """When it was encoded, to the millisecond."""


def from_picture(picture: np.ndarray) -> BurntIn | None:
    """Read a whole picture, as grey (height, width) or colour (height, width, 3).

    Returns:
        None when the rows cannot be read for certain.
    """
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture
    height, width = grey.shape
    row_height = height * SHARE_OF_HEIGHT / ROWS
    tops = [height - (ROWS - row) * row_height for row in range(ROWS)]
    column_width = width / COLUMNS
    lefts = [column * column_width for column in range(COLUMNS)]
    return from_blocks(
        [_core(grey, top, row_height, left, column_width) for top in tops for left in lefts]
    )


def from_blocks(brightness: Sequence[float]) -> BurntIn | None:
    """Read the blocks, row by row."""
    rows = np.asarray(brightness, dtype=float).reshape(ROWS, COLUMNS)
    if np.abs(rows - _GREY).min() < _CLEAR:
        return None
    bits = rows > _GREY
    counter, milliseconds = _number(bits[0], bits[1]), _number(bits[2], bits[3])
    if counter is None or milliseconds is None:
        return None
    return BurntIn(counter=counter, time_utc=_EPOCH + timedelta(milliseconds=milliseconds))


def _number(row: np.ndarray, exchanged: np.ndarray) -> int | None:
    is_framed = all(row[column] == bool(bit) for column, bit in FRAME)
    if not is_framed or (row == exchanged).any():
        return None
    bits = row[_FIRST_BIT : _FIRST_BIT + BITS]
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _core(grey: np.ndarray, top: float, height: float, left: float, width: float) -> float:
    """The middle of a block, where its neighbours do not reach."""
    ys = slice(int(top + height * 0.35), int(top + height * 0.65) + 1)
    xs = slice(int(left + width * 0.35), int(left + width * 0.65) + 1)
    return float(grey[ys, xs].mean())
