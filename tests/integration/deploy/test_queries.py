"""Alerts and dashboard ask for metrics that the processes have, with labels that they have."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.integration.deploy.tools import DEPLOY, run, tool
from tests.structure.metrics_table import families, labels_of, series_names
from tests.structure.registries import REGISTRIES

RULES = DEPLOY / "prometheus/pollcam.rules.yml"
BOARD = json.loads((DEPLOY / "grafana/dashboard.json").read_text("utf-8"))
_SELECTOR = re.compile(r"\b(pollcam_\w+)(?:\{([^}]*)\})?")


def queries() -> Iterator[str]:
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (item["query"]["query"] for item in BOARD["templating"]["list"])


ASKED = [match.groups(default="") for query in queries() for match in _SELECTOR.finditer(query)]


def test_every_metric_asked_for_exists():
    known = set().union(*(series_names(make()) for make in REGISTRIES.values()))
    assert {name for name, _ in ASKED} - known == set()


def test_every_label_asked_for_exists():
    known = {
        family.name: labels_of(registry, family.name)
        for registry in (make() for make in REGISTRIES.values())
        for family in families(registry)
    }
    for name, selector in ASKED:
        family = re.sub(r"_(total|bucket|sum|count)$", "", name)
        labels = known.get(family, "") + known.get(name, "") + "`le`"
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
            assert f"`{label}`" in labels, f"{name} has no label {label}"


@pytest.mark.parametrize("panel", BOARD["panels"], ids=lambda panel: panel["title"])
def test_prometheus_understands_a_panel(panel, tmp_path):
    rules = [
        {"record": f"panel:{target['refId']}", "expr": target["expr"].replace("$region", ".*")}
        for target in panel["targets"]
    ]
    file = tmp_path / "panel.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panel", "rules": rules}]}), "utf-8")
    outcome = run([tool("promtool", "prometheus"), "check", "rules", file])
    assert outcome.returncode == 0, outcome.stdout


def test_panels_neither_overlap_nor_share_a_number():
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))


def test_the_dashboard_asks_the_source_that_is_provisioned():
    folder = DEPLOY / "grafana/provisioning/datasources"
    sources = yaml.safe_load((folder / "pollcam.yaml").read_text("utf-8"))["datasources"]
    uids = {panel["datasource"]["uid"] for panel in BOARD["panels"]}
    assert uids == {source["uid"] for source in sources}
