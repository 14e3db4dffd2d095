"""Prometheus understands its configuration, and each alert rings when it should."""

import yaml

from tests.integration.deploy.tools import DEPLOY, run, tool

FOLDER = DEPLOY / "prometheus"
RULES = FOLDER / "pollcam.rules.yml"
TESTS = FOLDER / "pollcam.rules.test.yml"


def test_prometheus_accepts_its_configuration():
    outcome = run([tool("promtool", "prometheus"), "check", "config", FOLDER / "prometheus.yml"])
    assert outcome.returncode == 0, outcome.stdout


def test_alerts_ring_when_they_should_and_not_otherwise():
    outcome = run([tool("promtool", "prometheus"), "test", "rules", TESTS.name], folder=FOLDER)
    assert outcome.returncode == 0, outcome.stdout


def test_every_alert_is_seen_to_ring():
    tests = TESTS.read_text("utf-8")
    assert [
        name for name in _alert_names() if name not in tests and name not in _by_pattern()
    ] == []


def test_every_alert_says_what_to_do():
    for rule in _rules():
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "warn", "heartbeat"}


def _by_pattern() -> set[str]:
    return {"PollcamApiDown"}  # asked for as Pollcam(Api|Streamer)Down


def _alert_names() -> list[str]:
    return [rule["alert"] for rule in _rules()]


def _rules() -> list[dict]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]
