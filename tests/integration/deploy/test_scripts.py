"""The installers are clean shell."""

import pytest

from tests.integration.deploy.tools import DEPLOY, run, tool

SCRIPTS = sorted(DEPLOY.rglob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_shellcheck_has_nothing_to_say(script):
    outcome = run(
        [tool("shellcheck", "shellcheck"), "--enable=all", "--exclude=SC2310,SC2312", script]
    )
    assert outcome.returncode == 0, outcome.stdout
