"""Every page in every state: nothing fails to load, nothing is in anybody's way."""

import pytest

from tests.e2e.accessibility import barriers
from tests.stage.country import Country
from tests.stage.scene import Scene
from tests.stage.scenes import scenes
from tests.stage.windows import Windows, complaints_of

_ELSEWHERE = (
    "wall-lost", "wall-small", "wall-filtered", "wall-panel-silent", "station-dark",
    "station-disk-low", "station-frozen-clock", "archive-marked-gap", "archive-on-device",
    "archive-marked", "admin-import-good", "admin-account", "admin-devices",
    "account-menu", "account-token-refused", "account-token-revoke",
)  # fmt: skip
"""Looked at in a file of their own, or much like another one here."""
_SCENES = [one for one in scenes() if one.name not in _ELSEWHERE and not one.needs_calm]


@pytest.mark.parametrize("scene", _SCENES, ids=[one.name for one in _SCENES])
def test_a_page_loads_whole_and_is_open_to_everybody(
    scene: Scene, windows: Windows, country: Country
):
    context = windows.open(scene.role, reduced_motion="reduce")  # no colour half-way
    page = context.new_page()
    complaints = complaints_of(page)
    scene.show(page, country)
    found = barriers(page)
    context.close()
    assert complaints == []
    assert found == []
