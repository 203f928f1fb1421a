"""The sum of the metrics of several processes."""

import json
from dataclasses import replace

from server.telemetry.metrics.catalog import (
    FEED_LAG,
    HTTP_REQUESTS,
    OPERATION_DURATION,
    REPLICA_SERVING,
    REQUESTS_EXECUTING,
    WORKERS,
    WORKERS_ENDED,
)
from server.telemetry.metrics.exposition import render
from server.telemetry.metrics.family import Family, Metric, Value, decode_families, encode_families, single
from server.telemetry.metrics.metric_sum import MetricSum


def process(requests: int, executing: int, lag: float) -> list[Family]:
    """Return the metrics of a process."""
    buckets = [float(requests), *[0.0] * len(OPERATION_DURATION.bounds), 0.5]
    return [
        Family(HTTP_REQUESTS, {("graphql", "200"): requests}),
        Family(OPERATION_DURATION, {("Teams",): list(buckets)}),
        single(REQUESTS_EXECUTING, executing),
        single(FEED_LAG, lag),
        Family(REPLICA_SERVING, {("one",): 1 if lag < 1 else 0}),
    ]


def values(metrics: MetricSum, metric: Metric) -> Value | None:
    """Return the only value of a metric; None if there is none."""
    found = [family for family in metrics.collect() if family.metric == metric and family.values]
    return next(iter(found[0].values.values())) if found else None


def test_processes_are_added() -> None:
    metrics = MetricSum()
    metrics.update(1, process(3, 1, 0.5))
    metrics.update(2, process(4, 2, 2.5))
    metrics.update(2, process(5, 0, 1.5))
    assert values(metrics, HTTP_REQUESTS) == 8
    assert values(metrics, REQUESTS_EXECUTING) == 1
    assert values(metrics, FEED_LAG) == 1.5
    assert values(metrics, REPLICA_SERVING) == 0
    assert values(metrics, WORKERS) == 2
    duration = values(metrics, OPERATION_DURATION)
    assert isinstance(duration, list)
    assert (duration[0], duration[-1]) == (8, 1.0)


def test_counters_of_ended_processes_remain() -> None:
    metrics = MetricSum()
    for number in range(1, 4):
        metrics.update(number, process(10, 5, 9.0))
        metrics.end(number)
        metrics.end(number)
    metrics.update(4, process(1, 1, 0.1))
    assert values(metrics, HTTP_REQUESTS) == 31
    assert values(metrics, REQUESTS_EXECUTING) == 1
    assert values(metrics, FEED_LAG) == 0.1
    assert (values(metrics, WORKERS), values(metrics, WORKERS_ENDED)) == (1, 3)


def test_the_same_process_id_can_be_used_again() -> None:
    metrics = MetricSum()
    for _ in range(2):
        metrics.update(7, process(10, 0, 0))
        metrics.end(7)
    assert values(metrics, HTTP_REQUESTS) == 20


def test_metric_that_another_release_defines_differently_replaces_the_old_one() -> None:
    metrics = MetricSum()
    metrics.update(1, process(10, 0, 0))
    metrics.end(1)
    changed = replace(OPERATION_DURATION, bounds=(0.5, 1.0))
    metrics.update(2, [Family(changed, {("Teams",): [1.0, 1.0, 0.0, 0.9]})])
    assert values(metrics, OPERATION_DURATION) is None
    assert values(metrics, changed) == [1.0, 1.0, 0.0, 0.9]


def test_families_survive_the_way_to_the_supervisor() -> None:
    families = process(3, 1, 0.5)
    assert decode_families(json.loads(json.dumps(encode_families(families)))) == families


def test_histogram_has_cumulative_buckets() -> None:
    text, media_type = render(process(3, 1, 0.5))
    assert media_type.startswith("text/plain")
    assert 'allotment_operation_duration_seconds_bucket{le="0.001",operation="Teams"} 3.0' in text.decode()
    assert 'allotment_operation_duration_seconds_bucket{le="+Inf",operation="Teams"} 3.0' in text.decode()
    assert 'allotment_operation_duration_seconds_sum{operation="Teams"} 0.5' in text.decode()
