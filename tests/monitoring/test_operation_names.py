"""The number of labels is bounded, for any names that clients send."""

from types import SimpleNamespace
from typing import Any

from server.monitoring.operation_metrics import OperationMetrics
from server.monitoring.operation_names import MAX_ANONYMOUS_NAMES, MAX_LENGTH, MAX_NAMES, OTHER, UNNAMED
from server.monitoring.operation_record import OK, OperationRecord
from server.telemetry.metrics.catalog import OPERATIONS
from tests.monitoring.conftest import scrape
from tests.support.app_fixture import AppFixture


def build_record(name: str | None, *, is_registered: bool = False, is_anonymous: bool = False) -> OperationRecord:
    """Return the record of an operation that was executed."""
    context: Any = SimpleNamespace(credentials=SimpleNamespace(is_anonymous=is_anonymous), fallbacks=0)
    operation: Any = SimpleNamespace(name=name)
    cost: Any = SimpleNamespace(charge=object(), actual=1)
    return OperationRecord(context, operation, is_registered, OK, cost, 0.01, 1, 0.001)


def labels(metrics: OperationMetrics) -> dict[str, float]:
    """Return the number of operations by label."""
    family = next(each for each in metrics.collect() if each.metric is OPERATIONS)
    return {name: value for (name, _), value in family.values.items() if isinstance(value, int | float)}


def test_ten_thousand_names_have_a_bounded_number_of_labels() -> None:
    metrics = OperationMetrics()
    for number in range(10_000):
        metrics.record(build_record(f"Random{number}"))
    counts = labels(metrics)
    assert len(counts) == MAX_NAMES + 1
    assert counts[OTHER] == 10_000 - MAX_NAMES


def test_registered_names_have_room_when_others_have_used_theirs() -> None:
    metrics = OperationMetrics()
    for number in range(1000):
        metrics.record(build_record(f"Random{number}"))
    metrics.record(build_record("Registered", is_registered=True))
    metrics.record(build_record("Registered"))
    assert labels(metrics)["Registered"] == 2


def test_anonymous_operations_cannot_use_the_room_of_others() -> None:
    metrics = OperationMetrics()
    for number in range(1000):
        metrics.record(build_record(f"Random{number}", is_anonymous=True))
    assert len(labels(metrics)) == MAX_ANONYMOUS_NAMES + 1
    metrics.record(build_record("Known"))
    assert labels(metrics)["Known"] == 1


def test_long_names_and_missing_names_share_labels() -> None:
    metrics = OperationMetrics()
    for record in (build_record("N" * (MAX_LENGTH + 1)), build_record(None), build_record(None)):
        metrics.record(record)
    assert labels(metrics) == {OTHER: 1, UNNAMED: 2}


def test_operations_with_a_label_are_counted_without_a_record() -> None:
    counted, recorded = OperationMetrics(), OperationMetrics()
    record = build_record("Known")
    context: Any = SimpleNamespace(executed_operation=record.operation, fallbacks=2)
    outcome: Any = SimpleNamespace(cost=record.cost)
    arguments = context, outcome, OK, record.seconds, record.statements, record.statement_seconds
    assert not counted.count(*arguments)  # the name has no label yet
    record.context.fallbacks = 2
    counted.record(record)
    assert counted.count(*arguments)
    for _ in range(2):
        recorded.record(record)
    assert counted.collect() == recorded.collect()


async def test_names_of_requests_that_were_not_executed_have_no_label(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    for number in range(5):
        await client(f"query Guess{number} {{ nothing }}")
        await client.post({"query": "query Known { teams { totalCount } }", "operationName": f"Missing{number}"})
    samples = await scrape(app_fixture.http)
    assert samples.label_values("operations_total", "operation") <= {"(invalid)", "Known"}
    assert samples.value("operations_total", operation="(invalid)", outcome="BAD_USER_INPUT") == 10
