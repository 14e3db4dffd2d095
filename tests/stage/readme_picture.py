"""The README's picture of the wall, small enough to load; with simulated cameras on it.

    POLLCAM_TEST_FOOTAGE=none python -m tests.stage.readme_picture

The wall of the staged country, in English and dark, in 160 colours.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg

from core.logs import configure_logging
from tests.stage.browser import running_browser
from tests.stage.country import running_country
from tests.stage.scenes import scenes
from tests.stage.windows import Windows

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "wall.png"
_SIZE = {"width": 1440, "height": 810}
_COLOURS = (
    "scale=1200:-1:flags=lanczos,split[one][two];"
    "[one]palettegen=max_colors=160[palette];[two][palette]paletteuse=dither=none"
)


def main() -> int:
    """Take it anew."""
    configure_logging("ERROR")
    wall = next(scene for scene in scenes() if scene.name == "wall")
    with (
        TemporaryDirectory() as folder,
        running_country(Path(folder)) as country,
        running_browser() as browser,
    ):
        context = Windows(browser, country.url).open(
            wall.role, size=_SIZE, theme="dark", language="en"
        )
        page = context.new_page()
        wall.show(page, country)
        page.wait_for_timeout(1000 * wall.settles_s)
        whole = Path(folder) / "wall.png"
        page.screenshot(path=whole)
        PICTURE.parent.mkdir(exist_ok=True)
        _shrink(whole, PICTURE)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} kB")
    return 0


def _shrink(picture: Path, to: Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(picture)]
    subprocess.run(
        [*command, "-filter_complex", _COLOURS, "-update", "1", str(to)],
        check=True,
        stdin=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.exit(main())
