"""The table of WHIP's and WHEP's rules names a test for each rule, and there is that test."""

import re

from tests.structure.sources import ROOT

_NOTE = (ROOT / "docs/design/live_reach.md").read_text("utf-8")
_ROWS = re.findall(r"^\| (\d+) \| .* \| `((\d\d)_\w+)` \|$", _NOTE, re.MULTILINE)
_TESTS = {
    name
    for path in (ROOT / "tests/integration/streamer").glob("test_*.py")
    for name in re.findall(r"def (test_rule_\w+)\(", path.read_text("utf-8"))
}


def test_all_26_rules_have_a_row_in_order():
    assert [int(number) for number, _, _ in _ROWS] == list(range(1, 27))


def test_each_row_names_a_test_of_its_rule():
    for number, name, prefix in _ROWS:
        assert int(prefix) == int(number)
        assert f"test_rule_{name}" in _TESTS
