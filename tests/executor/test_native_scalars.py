"""Results contain the values of native scalars as they are."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    parse,
)

import executor
from executor import EXECUTOR_EXTENSION, AttributeField, NativeScalar, PlanCache, build_resolver

STAMP = GraphQLScalarType("Stamp", serialize=lambda value: f"serialized {value.isoformat()}")
NATIVE = {"Stamp": NativeScalar(datetime, "tzinfo", UTC)}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def build_schema() -> GraphQLSchema:
    """Return a schema whose root has a value that is read in the generated loop, one that is resolved, and a list."""
    at = AttributeField("at")
    fields = {
        "at": GraphQLField(STAMP, resolve=build_resolver(at), extensions={EXECUTOR_EXTENSION: at}),
        "resolved": GraphQLField(STAMP, resolve=lambda record, _info: record.at),
        "listed": GraphQLField(GraphQLList(GraphQLNonNull(STAMP)), resolve=lambda record, _info: [record.at]),
    }
    return GraphQLSchema(GraphQLObjectType("Query", fields))


class Record:
    """A root value."""

    def __init__(self, at: Any) -> None:
        self.at = at


def run(value: Any, cache: PlanCache) -> Any:
    """Return the data of all fields."""
    result: Any = executor.execute(build_schema(), parse("{ at resolved listed }"), Record(value), plan_cache=cache)
    assert not result.errors
    return result.data


def test_native_values_are_not_serialized() -> None:
    data = run(NOON, PlanCache(native_scalars=NATIVE))
    assert data == {"at": NOON, "resolved": NOON, "listed": [NOON]}


def test_other_values_are_serialized() -> None:
    class Later(datetime):
        """Another class, which an encoder need not know."""

    elsewhere = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    for value in (elsewhere, datetime(2026, 3, 1, 12), date(2026, 3, 1), Later(2026, 3, 1, tzinfo=UTC)):  # noqa: DTZ001
        text = f"serialized {value.isoformat()}"
        assert run(value, PlanCache(native_scalars=NATIVE)) == {"at": text, "resolved": text, "listed": [text]}


def test_a_class_alone_makes_values_native() -> None:
    cache = PlanCache(native_scalars={"Stamp": NativeScalar(date)})
    assert run(date(2026, 3, 1), cache)["at"] == date(2026, 3, 1)
    assert run(NOON, cache)["at"] == f"serialized {NOON.isoformat()}"


def test_null_remains_null() -> None:
    result: Any = executor.execute(
        build_schema(), parse("{ at resolved }"), Record(None), plan_cache=PlanCache(native_scalars=NATIVE)
    )
    assert result == ({"at": None, "resolved": None}, None)


def test_without_native_scalars_all_values_are_serialized() -> None:
    assert run(NOON, PlanCache())["at"] == f"serialized {NOON.isoformat()}"
