"""The documentation, the dashboard and the alert rules name existing metrics, and each alert has a runbook."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from server.config.paths import PROJECT_ROOT
from server.telemetry.metrics.catalog import CATALOG
from server.telemetry.metrics.family import Kind
from website.anchors import anchors

FOLDER = PROJECT_ROOT / "deploy" / "monitoring"
DOCUMENT = (PROJECT_ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
ALERTS = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
SUFFIXES = ("_bucket", "_count", "_sum")
SCRAPE_METRICS = {"up"}
"""Metrics of Prometheus itself."""
WORDS = {"sum", "min", "max", "by", "rate", "increase", "topk", "histogram_quantile"}
SCRAPE_LABELS = {"job", "instance", "le"}
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def expressions() -> list[str]:
    """Return all expressions of the alert rules and the dashboard."""
    rules = [line.partition("expr: ")[2].strip().strip("'") for line in ALERTS.splitlines() if "expr: " in line]
    return rules + [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def series_of(expression: str) -> set[str]:
    """Return the names of the series in an expression."""
    without_strings = re.sub(r'"[^"]*"', '""', expression)
    without_labels = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", "", without_strings)
    return {name for name in _NAME.findall(without_labels) if name not in WORDS}


def labels_of(expression: str) -> set[str]:
    """Return the names of the labels in an expression."""
    groups = re.findall(r"by \(([^)]*)\)", expression)
    matchers = re.findall(r"\{([^}]*)\}", expression)
    names = {name.strip() for group in groups for name in group.split(",")}
    return names | {match for group in matchers for match in re.findall(r"(\w+)(?:=~|!~|!=|=)\"", group)}


def known_series() -> set[str]:
    """Return the names of all series of the metrics."""
    series = {name for name, metric in CATALOG.items() if metric.kind is not Kind.HISTOGRAM}
    histograms = [name for name, metric in CATALOG.items() if metric.kind is Kind.HISTOGRAM]
    return series | {name + suffix for name in histograms for suffix in SUFFIXES}


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_of_an_expression_exists(expression: str) -> None:
    series = series_of(expression)
    assert series
    assert series - known_series() - SCRAPE_METRICS == set()
    metrics = [CATALOG[_metric_of(name)] for name in series - SCRAPE_METRICS]
    assert labels_of(expression) - SCRAPE_LABELS <= {label for metric in metrics for label in metric.labels}
    for name in series:
        metric = CATALOG.get(_metric_of(name))
        is_rated = re.search(rf"(?:rate|increase)\({name}\b", expression) is not None
        assert is_rated == (metric is not None and metric.kind is not Kind.GAUGE), name


def _metric_of(series: str) -> str:
    """Return the name of the metric that a series belongs to."""
    return next((series.removesuffix(each) for each in SUFFIXES if series.removesuffix(each) in CATALOG), series)


def test_unknown_metrics_and_labels_are_found() -> None:
    expression = 'sum by (le, name) (rate(allotment_nothing_bucket{job="a", outcome=~"b"}[5m])) / up > 0.01'
    assert series_of(expression) == {"allotment_nothing_bucket", "up"}
    assert labels_of(expression) == {"le", "name", "job", "outcome"}


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    rows = dict(re.findall(r"^\| `((?:allotment|process)_\w+)` \| (.*) \| [^|]+ \|$", DOCUMENT, re.MULTILINE))
    described = {
        name: f"{metric.kind.value} | {', '.join(f'`{label}`' for label in metric.labels) or 'none'}"
        for name, metric in CATALOG.items()
    }
    assert rows == described


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name, metric in CATALOG.items():
        assert name.endswith("_total") == (metric.kind is Kind.COUNTER), name
        assert name.startswith(("allotment_", "process_"))
        assert metric.kind is not Kind.HISTOGRAM or name.endswith("_seconds")


def test_every_alert_has_a_runbook() -> None:
    alerts = re.findall(r"- alert: (\w+)", ALERTS)
    runbooks = re.findall(r"runbook: docs/monitoring\.md#(\S+)", ALERTS)
    assert len(alerts) == len(set(alerts)) == len(runbooks)
    assert [name.lower() for name in alerts] == runbooks
    assert set(runbooks) <= set(anchors(DOCUMENT))
    assert {name for name in anchors(DOCUMENT) if name.startswith("allotment")} == set(runbooks)


def test_panels_have_distinct_ids_and_places() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", FOLDER / "alerts.yml"], check=True)
    subprocess.run(["promtool", "check", "config", "--syntax-only", FOLDER / "prometheus.yml"], check=True)
