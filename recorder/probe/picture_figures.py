"""Turns a keyframe's luma into the figures that `recorder.probe.picture` judges."""

import math
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from recorder.probe.picture import Measured

Luma: TypeAlias = NDArray[np.uint8]
"""Rows of luma as the camera sent it."""

_SMALL = (320, 180)
"""Edges are sought at this size: noise and the camera's own sharpening are gone by then."""
_FIELDS = (16, 9)
_EDGE = 48
"""Of the sum of both gradients (Sobel)."""
_EDGE_SHARE = 0.02
"""A field holds an edge when so much of it is edge: a line across half of it."""
_SQUARE = 16
_SQUARES_MAX = 1024
"""Enough of a large picture to compare; keeps a quarter of a megabyte a camera."""
_DIFFERS_ABOVE = 0.5
"""Mean difference of a square's luma. Rate control alone makes less of it."""


class PictureFigures:
    """Measures the keyframes of one camera in the order in which they came."""

    def __init__(self) -> None:
        self._before: Luma | None = None

    def measure(self, luma: Luma, at_s: float) -> Measured:
        """Put a keyframe into figures.

        Args:
            luma: At least 16 by 16.
            at_s: When it arrived, by a monotonic clock.
        """
        squares = _squares(luma)
        change = _change(self._before, squares)
        self._before = squares
        return Measured(
            luma=float(np.percentile(squares, 90)), detail=_detail(luma), change=change, at_s=at_s
        )


def _squares(luma: Luma) -> Luma:
    """Some squares of the picture, spread evenly, one a row."""
    rows, columns = luma.shape[0] // _SQUARE, luma.shape[1] // _SQUARE
    step = math.ceil(math.sqrt(rows * columns / _SQUARES_MAX)) or 1
    whole = luma[: rows * _SQUARE, : columns * _SQUARE]
    grid = whole.reshape(rows, _SQUARE, columns, _SQUARE)[::step, :, ::step]
    return np.ascontiguousarray(grid.swapaxes(1, 2).reshape(-1, _SQUARE * _SQUARE))


def _change(before: Luma | None, squares: Luma) -> float | None:
    if before is None or before.shape != squares.shape:
        return None
    means = cv2.absdiff(before, squares).mean(axis=1)
    return float(np.mean(means > _DIFFERS_ABOVE))


def _detail(luma: Luma) -> float:
    small = cv2.GaussianBlur(cv2.resize(luma, _SMALL, interpolation=cv2.INTER_AREA), (3, 3), 0)
    across, down = cv2.Sobel(small, cv2.CV_16S, 1, 0), cv2.Sobel(small, cv2.CV_16S, 0, 1)
    edges = (np.abs(across) + np.abs(down) > _EDGE).astype(np.float32)
    fields = cv2.resize(edges, _FIELDS, interpolation=cv2.INTER_AREA)
    return float(np.mean(fields > _EDGE_SHARE))
