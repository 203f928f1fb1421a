"""The text format of Prometheus."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any, cast

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder

from server.telemetry.metrics.family import Family, Kind, Labels, Value

Collect = Callable[[], Iterable[Family]]


class _Collector:
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Any]:
        return map(_convert, self._families)


def render(families: Iterable[Family], accept: str = "") -> tuple[bytes, str]:
    """Return the text and its media type, which Prometheus negotiates."""
    encode, media_type = choose_encoder(accept)
    return encode(cast("Any", _Collector(families))), media_type


def _convert(family: Family) -> Any:
    metric = family.metric
    if metric.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.name, metric.description, labels=metric.labels)
        for labels, value in family.values.items():
            _add_histogram(histogram, metric.bounds, labels, value)
        return histogram
    factory = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    converted = factory(metric.name, metric.description, labels=metric.labels)
    for labels, value in family.values.items():
        converted.add_metric(labels, cast("float", value))
    return converted


def _add_histogram(histogram: Any, bounds: tuple[float, ...], labels: Labels, value: Value) -> None:
    *counts, total = cast("list[float]", value)
    names = [*(f"{bound:g}" for bound in bounds), "+Inf"]
    histogram.add_metric(labels, buckets=list(zip(names, accumulate(counts), strict=True)), sum_value=total)
