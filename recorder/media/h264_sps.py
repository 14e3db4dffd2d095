"""Reads what a run must know of an H.264 sequence parameter set. Pure.

Source: ITU-T H.264 sections 7.3.2.1.1 and E.1.1.
"""

from dataclasses import dataclass

_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_NEVER_REORDERED_PROFILE = 66
_EXTENDED_SAR = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Sps:
    """One sequence parameter set."""

    width: int
    height: int
    reorder_depth: int | None
    """Pictures that may be shown out of decode order; None: it does not say."""


class _Bits:
    """Reads bits and Exp-Golomb numbers; past the end it raises ValueError."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def u(self, count: int) -> int:
        if count > self._left:
            raise ValueError("the parameter set ends early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def read_sps(unit: bytes) -> Sps:
    """Read the NAL unit of a parameter set, header included.

    Raises:
        ValueError: It is not one, or is cut short.
    """
    if len(unit) < 4 or unit[0] & 0x1F != 7:
        raise ValueError("not a sequence parameter set")
    bits = _Bits(unit[4:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile = unit[1]
    bits.ue()
    chroma = _read_chroma(bits) if profile in _HIGH_PROFILES else 1
    bits.ue()
    poc_type = _read_picture_order(bits)
    bits.ue()
    bits.u(1)
    width, height = _read_size(bits, chroma)
    depth = _read_depth(bits)
    if depth is None and (poc_type == 2 or profile == _NEVER_REORDERED_PROFILE):
        depth = 0
    return Sps(width=width, height=height, reorder_depth=depth)


def _read_chroma(bits: _Bits) -> int:
    chroma = bits.ue()
    if chroma == 3:
        bits.u(1)
    bits.ue()
    bits.ue()
    bits.u(1)
    if bits.u(1):
        for index in range(12 if chroma == 3 else 8):
            if bits.u(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _read_picture_order(bits: _Bits) -> int:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    return kind


def _read_size(bits: _Bits, chroma: int) -> tuple[int, int]:
    width = 16 * (bits.ue() + 1)
    map_units = bits.ue() + 1
    is_frame_only = bits.u(1)
    if not is_frame_only:
        bits.u(1)
    bits.u(1)
    height = 16 * map_units * (2 - is_frame_only)
    if bits.u(1):
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (2 - is_frame_only)
        width -= unit_x * (bits.ue() + bits.ue())
        height -= unit_y * (bits.ue() + bits.ue())
    return width, height


def _read_depth(bits: _Bits) -> int | None:
    """`max_num_reorder_frames`, the last but one number of the VUI."""
    if not bits.u(1):
        return None
    if bits.u(1) and bits.u(8) == _EXTENDED_SAR:
        bits.u(32)
    _skip_display(bits)
    if bits.u(1):
        bits.u(65)
    _skip_hrds(bits)
    bits.u(1)
    if not bits.u(1):
        return None
    bits.u(1)
    for _ in range(4):
        bits.ue()
    return bits.ue()


def _skip_display(bits: _Bits) -> None:
    if bits.u(1):
        bits.u(1)
    if bits.u(1):
        bits.u(4)
        if bits.u(1):
            bits.u(24)
    if bits.u(1):
        bits.ue()
        bits.ue()


def _skip_hrds(bits: _Bits) -> None:
    has_any = False
    for _ in range(2):
        if bits.u(1):
            _skip_hrd(bits)
            has_any = True
    if has_any:
        bits.u(1)


def _skip_hrd(bits: _Bits) -> None:
    count = bits.ue() + 1
    bits.u(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.u(1)
    bits.u(20)
