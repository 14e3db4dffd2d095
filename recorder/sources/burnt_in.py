"""What a test pattern burns into its pictures for programs: rows of black and white blocks.

At the bottom of each picture stand `ROWS` rows of `COLUMNS` blocks. The first row is the number
of the picture since its session began, the third the UTC time of encoding in milliseconds since
1970, both as `BITS` bits, most significant first, white for one. Below each row stands the same
with black and white exchanged, so that a reader knows a row that is covered, torn or blurred.
Each row is framed by a white and a black block on its left, a black and a white one on its right;
the frame is exchanged with the rest. Four rows take 4/45 of the height.
"""

COLUMNS = 48
ROWS = 4
BITS = 44
"""Milliseconds since 1970 fit until the year 2527."""
FRAME = ((0, 1), (1, 0), (COLUMNS - 2, 0), (COLUMNS - 1, 1))
"""Column and bit of the blocks around the bits."""
SHARE_OF_HEIGHT = 4 / 45


def strip_height(picture_height: int) -> int:
    """Pixels of the four rows together: a whole number for each."""
    return ROWS * round(picture_height / 45)


def block_expression() -> str:
    """The luma of each block, one pixel each, for the filter `geq`.

    `T` is to be the time since 1970. Half a microsecond is added because seconds as a floating
    number lie on either side of a millisecond.
    """
    value = "if(lt(Y,2),N,floor(T*1000+0.0005))"
    bit = f"mod(floor({value}/pow(2,{COLUMNS - 3}-X)),2)"
    whites = "+".join(f"eq(X,{column})" for column, is_white in FRAME if is_white)
    blacks = "+".join(f"eq(X,{column})" for column, is_white in FRAME if not is_white)
    shown = f"if({whites},1,if({blacks},0,{bit}))"
    return f"16+219*mod({shown}+mod(Y,2),2)"
