"""The parts of docs/ref that are made from the code.

A document holds the text between `<!-- made: NAME -->` and `<!-- end -->`; `write_reference`
makes it anew, and a test says when it is out of date.
"""

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from api.app import create_app
from api.settings import ApiSettings
from recorder.setup.config import AgentConfig, CameraConfig, DiskConfig, UplinkConfig
from streamer.settings import StreamerSettings
from tests.structure.commands_text import commands_text
from tests.structure.metrics_table import metrics_table
from tests.structure.registries import REGISTRIES
from tests.structure.routes_table import routes_table
from tests.structure.settings_table import settings_table
from tests.structure.sources import ROOT

FOLDER = ROOT / "docs/ref"
OPENAPI = FOLDER / "openapi.json"
_BLOCK = re.compile(r"(<!-- made: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

BLOCKS: Mapping[str, Callable[[], str]] = {
    "api-settings": lambda: settings_table(ApiSettings, "pollcam_api_"),
    "streamer-settings": lambda: settings_table(StreamerSettings, "pollcam_streamer_"),
    "agent-settings": lambda: settings_table(AgentConfig),
    "agent-cameras-settings": lambda: settings_table(CameraConfig),
    "agent-uplink-settings": lambda: settings_table(UplinkConfig),
    "agent-disk-settings": lambda: settings_table(DiskConfig),
    "api-metrics": lambda: metrics_table(REGISTRIES["api"]()),
    "streamer-metrics": lambda: metrics_table(REGISTRIES["streamer"]()),
    "agent-metrics": lambda: metrics_table(REGISTRIES["agent"]()),
    "commands": commands_text,
    "routes": lambda: routes_table(openapi()),
}


def documents() -> list[Path]:
    """The documents that hold made parts."""
    return [path for path in sorted(FOLDER.glob("*.md")) if _BLOCK.search(path.read_text("utf-8"))]


def renewed(text: str) -> str:
    """A document with all of its made parts made anew."""
    return _BLOCK.sub(lambda m: f"{m[1]}\n{BLOCKS[m[2]]()}\n\n{m[3]}", text)


def block_names(text: str) -> list[str]:
    return [match[2] for match in _BLOCK.finditer(text)]


@cache
def openapi() -> dict:
    """What the API says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ApiSettings(data_dir=Path(folder)))
        try:
            return app.openapi()
        finally:
            app.state.services.engine.dispose()


def openapi_text() -> str:
    return json.dumps(openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
